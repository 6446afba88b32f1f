// F-RTO (RFC 5682 3, the SACK-enhanced form): was the timeout spurious? After the first segment was sent again, new
// data is sent instead of the rest; if then something is acknowledged that was sent only once, the originals arrive and
// nothing was lost.
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Sender;
struct AckNews;

struct FRto {
  bool running = false;
  bool send_new = false;  ///< step 2b: the next segments are new ones
};

/// The timer expired; the phase is still that before it.
void f_rto_begin(const Tcb& tcb, Sender& sender) noexcept;
/// An ACK in Loss. True: the timeout was spurious.
[[nodiscard]] bool f_rto_on_ack(const Tcb& tcb, Sender& sender, const AckNews& news) noexcept;

}  // namespace millrace::tcp
