// The user's calls (RFC 9293 3.9.1): OPEN, SEND, RECEIVE, CLOSE, ABORT, as the application's handle makes them.
//
// They change the Tcb and record what it owes; segments follow in the output phase.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "flow/flow_key.h"
#include "tcp/close_rule.h"
#include "tcp/user_options.h"
#include "wire/seq_num.h"

namespace millrace::pkt {
class Packet;
}

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Active OPEN: a Tcb in SYN-SENT for a key that is not in use; nullptr when a table is full. `last_sent`: where the
/// 4-tuple's connection before this one ended, if it is known; the ISN is beyond it.
[[nodiscard]] Tcb* open_active(const flow::FlowKey& key, const OpenOptions& options, Env& env,
                               std::optional<wire::SeqNum> last_sent = {}) noexcept;

/// SEND: copies bytes; returns how many were taken. Fewer than asked: Writable follows. 0 after the sending side was
/// closed.
std::size_t send_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept;

/// The same for urgent data (RFC 9293 3.8.5): the mark moves to the end of what was taken. For old protocols only
/// (SHLD-13).
std::size_t send_urgent(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept;

/// SEND without a copy: the packet's slice, which is not empty. Takes it when it answers true; else Writable follows,
/// unless the sending side was closed.
bool send_packet(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept;

/// RECEIVE without a copy: the first packet of the receive queue, its data area set to its slice; nullptr when nothing
/// is there. The caller owns it.
[[nodiscard]] pkt::Packet* take_packet(Tcb& tcb, Env& env) noexcept;

/// Moves received text of `from` to the send queue of `to` (may be the same) without copying; returns the bytes moved.
/// It moves what `to` may send and a burst besides; an urgent mark travels along.
std::size_t transfer(Tcb& from, Tcb& to, Env& env) noexcept;

/// RECEIVE: the application gives up `n` bytes at the front of the receive queue.
void consume(Tcb& tcb, std::uint32_t n, Env& env) noexcept;

/// Puts the options into force, on a fresh Tcb or in the middle of a connection (SHLD-21).
void apply_options(Tcb& tcb, const UserOptions& options, Env& env) noexcept;

/// Puts options into force in the middle of a connection's life; nothing for one that has ended.
void set_options(Tcb& tcb, const UserOptions& options, Env& env) noexcept;

/// Whether a third of the send buffer is free and less than `most_unsent` bytes wait to be sent; if not, Writable
/// follows with the next acknowledgment that leaves a third free.
[[nodiscard]] bool ask_room(Tcb& tcb, std::uint32_t most_unsent) noexcept;

/// Holds back what fills no segment, until the cork is pulled or the sending side is closed.
void set_cork(Tcb& tcb, bool on, Env& env) noexcept;

/// Sends an ACK that is being delayed.
void acknowledge_now(Tcb& tcb, Env& env) noexcept;

/// Half-close: FIN after what is queued.
void shutdown_send(Tcb& tcb, Env& env) noexcept;
/// CLOSE and give up: FIN after what is queued, or RST when received text is unread (RFC 2525 2.17). With a linger time
/// the connection is given up only when Closed was told.
void close(Tcb& tcb, Env& env) noexcept;
/// ABORT and give up: RST, everything dropped. `rule` says why, if the application has a rule for it.
void abort(Tcb& tcb, Env& env, CloseRule rule = CloseRule::Aborted) noexcept;
/// Give up; RST once everything queued is acknowledged.
void abort_after_data(Tcb& tcb, Env& env, CloseRule rule = CloseRule::AbortedAfterData) noexcept;

}  // namespace millrace::tcp
