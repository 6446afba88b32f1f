// RFC 5682 3.1. Not used when the timer expires within fast recovery (step 1): then losses are known already.
#include "tcp/f_rto.h"

#include "tcp/ack_news.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"
#include "tcp/tcb.h"

namespace millrace::tcp {
namespace {

bool new_data_may_go(const Tcb& tcb) noexcept { return unsent(tcb) > 0 && tcb.snd_una + tcb.snd_wnd > tcb.snd_nxt; }

}  // namespace

void f_rto_begin(const Tcb& tcb, Sender& sender) noexcept {
  sender.f_rto = FRto{.running = tcb.has(kSackPermitted) && tcb.phase != cc::Phase::Recovery};
}

bool f_rto_on_ack(const Tcb& tcb, Sender& sender, const AckNews& news) noexcept {
  FRto& f_rto = sender.f_rto;
  if (!f_rto.running) return false;
  if (tcb.snd_nxt > sender.recovery_point) {
    if (news.original) return true;                         // step 3b
    if (news.sacked > 0 || news.duplicate) f_rto = FRto{};  // step 3a
    return false;
  }
  if (news.advanced && new_data_may_go(tcb))
    f_rto.send_new = true;  // step 2b
  else
    f_rto = FRto{};  // step 2a, or nothing to try it with
  return false;
}

}  // namespace millrace::tcp
