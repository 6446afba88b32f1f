// The user's calls (RFC 9293 3.9.1): OPEN, SEND, RECEIVE, CLOSE, ABORT, as the application's handle makes them.
//
// They change the Tcb and record what it owes; segments follow in the output phase.
#pragma once

#include <cstdint>
#include <span>

#include "flow/flow_key.h"
#include "tcp/user_options.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Active OPEN: a Tcb in SYN-SENT for a key that is not in use; nullptr when a table is full.
[[nodiscard]] Tcb* open_active(const flow::FlowKey& key, const UserOptions& options, Env& env) noexcept;

/// SEND: copies bytes; returns how many were taken. Fewer than asked: Writable follows. 0 after the sending side was
/// closed.
std::size_t send_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept;

/// Moves received text of `from` to the send queue of `to` (may be the same) without copying; returns the bytes moved.
std::size_t transfer(Tcb& from, Tcb& to, Env& env) noexcept;

/// RECEIVE: the application gives up `n` bytes at the front of the receive queue.
void consume(Tcb& tcb, std::uint32_t n, Env& env) noexcept;

/// Half-close: FIN after what is queued.
void shutdown_send(Tcb& tcb, Env& env) noexcept;
/// CLOSE and give up: FIN after what is queued, or RST when received text is unread (RFC 2525 2.17).
void close(Tcb& tcb, Env& env) noexcept;
/// ABORT and give up: RST, everything dropped.
void abort(Tcb& tcb, Env& env) noexcept;
/// Give up; RST once everything queued is acknowledged.
void abort_after_data(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
