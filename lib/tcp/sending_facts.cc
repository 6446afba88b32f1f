// Copies of numbers that others keep. A connection that has sent nothing has no Sender and only an algorithm.
#include "tcp/sending_facts.h"

#include "tcp/connection_table.h"
#include "tcp/departures.h"
#include "tcp/sender.h"

namespace millrace::tcp {

SendingFacts sending_facts(const Tcb& tcb, const ConnectionTable& table) noexcept {
  SendingFacts facts;
  facts.algorithm = tcb.algorithm;
  facts.phase = tcb.phase;
  const Sender* const sender = table.find_sender(tcb);
  if (sender == nullptr) return facts;
  facts.pacing_rate = pacing_rate(tcb, *sender);
  facts.delivery_rate = sender->delivery.rate;
  facts.app_limited = sender->delivery.app_limited != 0;
  facts.min_rtt = sender->rack.min_rtt.get();
  facts.reordering_seen = sender->rack.reordering_seen;
  facts.reordering_window = sender->rack.reo_wnd;
  facts.dsacks = sender->dsacks;
  facts.lost = sender->delivery.lost_segments;
  facts.outstanding_lost = sender->sent.segments_lost();
  facts.outstanding_sacked = sender->sent.segments_sacked();
  facts.delivered = sender->delivery.delivered;
  facts.bytes_sent = sender->totals.bytes;
  facts.bytes_sent_again = sender->totals.bytes_again;
  facts.data_segments_sent = sender->totals.segments;
  return facts;
}

std::string_view to_string(cc::Phase phase) noexcept {
  switch (phase) {
    case cc::Phase::Recovery:
      return "recovery";
    case cc::Phase::Loss:
      return "loss";
    case cc::Phase::Open:
      break;
  }
  return "open";
}

}  // namespace millrace::tcp
