// From the rule of pacing to connections and the wheel. A wait is never forgotten: who is refused is armed, and who is
// woken before its time (it lay beyond the wheel's horizon, or more has left meanwhile) is armed again.
#include "tcp/departures.h"

#include <cstddef>

#include "tcp/env.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"

namespace millrace::tcp {

Departures::Departures(std::uint32_t connections, Time start) : wheel_(start), parts_(connections) {
  static_assert(offsetof(Part, pacing) == 0 && offsetof(PacingState, node) == 0);
  wheel_.set_arena(kArena, static_cast<timer::Node*>(parts_.memory()), base::Slab<Part>::stride());
}

PacingState& Departures::state_of(const Tcb& tcb, Sender& sender, const Env& env) noexcept {
  if (sender.paced == base::kNoIndex) sender.paced = parts_.take(Part{{}, env.table.tcbs.index_of(tcb)});
  return parts_[sender.paced].pacing;
}

void Departures::wake_at_next(std::uint32_t index) noexcept {
  wheel_.arm(timer::TimerId::make(kArena, index), parts_[index].pacing.next);
}

void Departures::advance(std::size_t most, Env& env) noexcept {
  wheel_.advance(env.now, most, [&](timer::TimerId id) {
    const Part& part = parts_[id.index()];
    if (env.now < part.pacing.next) return wake_at_next(id.index());
    owe(env.table.tcbs[part.tcb], kOweData, env);
  });
}

cc::Rate pacing_rate(const Tcb& tcb, const Sender& sender) noexcept {
  if (sender.window.pacing_rate != 0) return sender.window.pacing_rate;
  if (!tcb.has(kPaceWindow) && sender.delivery.delivered >= sender.paced_until) return 0;
  return rate_of_window(sender.window, pipe(tcb, sender), microseconds{tcb.rtt.srtt_us});
}

bool departs_now(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept {
  const cc::Rate rate = pacing_rate(tcb, sender);
  if (rate == 0) return true;
  PacingState& pacing = env.departures.state_of(tcb, sender, env);
  if (may_depart(pacing, rate, length, env.now)) return true;
  pacing.held = true;
  if (!pacing.node.armed()) env.departures.wake_at_next(sender.paced);
  return false;
}

void note_departed(Tcb& tcb, Sender& sender, std::uint32_t length, Env& env) noexcept {
  if (const cc::Rate rate = pacing_rate(tcb, sender); rate != 0)
    note_departure(env.departures.state_of(tcb, sender, env), rate, payload_limit(tcb), length, env.now);
}

void note_ran_out(Tcb& tcb, Env& env) noexcept {
  const Sender* const sender = env.table.find_sender(tcb);
  if (sender != nullptr && sender->paced != base::kNoIndex) env.departures.parts_[sender->paced].pacing.held = false;
}

void end_pacing(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || sender->paced == base::kNoIndex) return;
  env.departures.wheel_.cancel(timer::TimerId::make(Departures::kArena, sender->paced));
  env.departures.parts_.give_back(sender->paced);
  sender->paced = base::kNoIndex;
}

}  // namespace millrace::tcp
