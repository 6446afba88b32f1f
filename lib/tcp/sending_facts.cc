// Copies of numbers that others keep. A connection that has sent nothing of late has no Sender: what it would say is
// what a new one says.
#include "tcp/sending_facts.h"

#include <algorithm>

#include "tcp/connection_table.h"
#include "tcp/departures.h"
#include "tcp/recovery.h"
#include "tcp/sender.h"

namespace millrace::tcp {

namespace {

/// Bytes sent once at least and not acknowledged.
std::uint32_t text_in_flight(const Tcb& tcb) noexcept {
  const bool syn = !tcb.syn_acked(), fin = tcb.has(kFinSent) && !tcb.fin_acked();
  return tcb.flight_size() - std::min(tcb.flight_size(), (syn ? 1u : 0u) + (fin ? 1u : 0u));
}

}  // namespace

SendingFacts sending_facts(const Tcb& tcb, const ConnectionTable& table) noexcept {
  SendingFacts facts;
  facts.algorithm = tcb.algorithm;
  facts.phase = tcb.phase;
  facts.cwnd = window_of(tcb, table);
  facts.data_segments_sent = tcb.data_segments;
  facts.delivered = tcb.bytes_out;
  facts.bytes_sent = tcb.bytes_out + text_in_flight(tcb);
  const Sender* const sender = table.find_sender(tcb);
  if (sender == nullptr) return facts;
  facts.ssthresh = sender->window.ssthresh;
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
  facts.delivered += sender->sent.sacked();
  facts.bytes_sent += sender->bytes_again;
  facts.bytes_sent_again = sender->bytes_again;
  facts.retransmits = sender->retransmits;
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
