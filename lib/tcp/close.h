// How a connection ends: state changes, what is freed when, and what the application is told (RFC 9293 3.6, MUST-12).
//
// terminate() is the one way out of every state. The application hears Closed when it has consumed what was
// acknowledged; the Tcb is released when no list holds it and the application knows.
#pragma once

#include <cstdint>

#include "tcp/close_rule.h"
#include "tcp/event.h"
#include "tcp/state.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Changes the state and keeps the gauges.
void set_state(Tcb& tcb, State state, Env& env) noexcept;

/// Records an event for the application, once per turn and kind; nothing for an orphan.
void tell(Tcb& tcb, EventKind kind, Env& env) noexcept;

/// The application no longer wants to hear of this connection: it finishes its work on the network and tells nobody.
void make_orphan(Tcb& tcb, Env& env) noexcept;
/// A new orphan that has something left to do: it is reset when there are too many, and its time in FIN-WAIT-2 is
/// limited.
void limit_orphan(Tcb& tcb, Env& env) noexcept;

/// An orphan with something to send to a peer that keeps its window shut.
[[nodiscard]] bool waits_for_window(const Tcb& tcb) noexcept;
/// Limits its wait, if it is one: MUST-37 keeps a connection open for a user, and this one has none. A peer that asks
/// for much and reads nothing must not hold its buffers for ever. Never lengthens what is left.
void limit_orphan_wait(Tcb& tcb, Env& env) noexcept;

/// An orphan reached FIN-WAIT-2: nobody reads on, so the peer gets a limited time to close its side.
void limit_fin_wait_2(Tcb& tcb, Env& env) noexcept;

/// Ends the connection without a segment: timers, flow table entry, send queue and reassembly go at once. The rule is
/// counted and kept in the log of closed connections.
void terminate(Tcb& tcb, CloseRule rule, Env& env) noexcept;

/// Ends the connection with an RST to the peer (RFC 9293 3.10.5: <SEQ=SND.NXT><CTL=RST>).
void reset_connection(Tcb& tcb, CloseRule rule, Env& env) noexcept;

/// Resets the orphans among the next `most` Tcbs from `cursor` on, and moves it. A program that stops does this to what
/// has not finished by itself.
void reset_orphans(std::uint32_t& cursor, std::uint32_t most, CloseRule rule, Env& env) noexcept;

/// A terminated connection's Closed is due once its receive queue is empty.
void tell_closed_if_drained(Tcb& tcb, Env& env) noexcept;

/// Frees a dead Tcb if no list holds it.
void release_if_unreferenced(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
