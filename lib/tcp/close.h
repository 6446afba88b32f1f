// How a connection ends: state changes, what is freed when, and what the application is told (RFC 9293 3.6, MUST-12).
//
// terminate() is the one way out of every state. The application hears Closed when it has consumed what was
// acknowledged; the Tcb is released when no list holds it and the application knows.
#pragma once

#include "tcp/event.h"
#include "tcp/state.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Changes the state and keeps the gauges.
void set_state(Tcb& tcb, State state, Env& env) noexcept;

/// Records an event for the application, once per turn and kind; nothing for an orphan.
void tell(Tcb& tcb, EventKind kind, Env& env) noexcept;

/// Ends the connection without a segment: timers, flow table entry, send queue and reassembly go at once.
void terminate(Tcb& tcb, CloseReason reason, Env& env) noexcept;

/// Ends the connection with an RST to the peer (RFC 9293 3.10.5: <SEQ=SND.NXT><CTL=RST>).
void reset_connection(Tcb& tcb, CloseReason reason, Env& env) noexcept;

/// A terminated connection's Closed is due once its receive queue is empty.
void tell_closed_if_drained(Tcb& tcb, Env& env) noexcept;

/// Frees a dead Tcb if no list holds it.
void release_if_unreferenced(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
