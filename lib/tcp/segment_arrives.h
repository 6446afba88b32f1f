// SEGMENT ARRIVES (RFC 9293 3.10.7): the one entrance of received segments, and its steps in the RFC's order.
//
// Each step may end the processing (Step::Done). What became of the segment is returned once and counted by the caller.
// A step never sends: it records what the connection owes and what the application should know.
#pragma once

#include "tcp/outcome.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;
enum class Step;

/// Every state that a Tcb can be in. `seg.packet` is nullptr afterwards if it was taken; else it stays the caller's.
[[nodiscard]] Outcome segment_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept;

/// 3.10.7.3: SYN-SENT.
[[nodiscard]] Outcome syn_sent_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept;
/// SYN-RECEIVED after a simultaneous open (3.5, figure 8): the peer's SYN again, now with the ACK of ours. It lies
/// before the window, and yet it completes the handshake.
[[nodiscard]] bool is_crossing_syn_ack(const Tcb& tcb, const Segment& seg) noexcept;
[[nodiscard]] Outcome crossing_syn_ack_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept;
/// 3.10.7.1: no connection: RST for everything but RST.
[[nodiscard]] Outcome closed_arrives(const Segment& seg, Env& env) noexcept;

// 3.10.7.4, in order; `outcome` is set by the step that ends the processing.
Step check_sequence(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept;
Step check_rst(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept;
Step check_syn(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept;
Step check_ack(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept;
Step process_text(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept;
void check_fin(Tcb& tcb, Segment& seg, Env& env) noexcept;

}  // namespace millrace::tcp
