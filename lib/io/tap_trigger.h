// Keeps net_tap's receive trigger off.
//
// The driver asks the kernel for a real-time signal per frame, and reads only when the signal's handler has moved a
// counter. Any thread of the process may run the handler, which adds without an atomic operation: of handlers that
// meet, one can put the counter back to where a queue has seen it last. The next frame then lies in the device until
// another one comes, which for a connection's first segments is a retransmission, a second later. Besides, each frame
// wakes a thread that has nothing to do with it. A driver that finds every signal taken does without, and reads at each
// poll.
#pragma once

namespace millrace::io {

/// While this lives, every real-time signal that nobody uses has a handler that does nothing, so a TAP that opens finds
/// all of them taken.
class NoTapTrigger {
 public:
  NoTapTrigger() noexcept;
  ~NoTapTrigger();
  NoTapTrigger(const NoTapTrigger&) = delete;
  NoTapTrigger& operator=(const NoTapTrigger&) = delete;
};

}  // namespace millrace::io
