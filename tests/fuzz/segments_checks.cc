#include "segments_checks.h"

#include "fuzz_input.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"

namespace millrace::fuzz {
namespace {

/// The records cover what is outstanding, without a gap, and their sums are right.
void check_sent(sim::Host& host, const tcp::Tcb& tcb) {
  tcp::Sender* const sender = host.shard().env().table.find_sender(tcb);
  if (sender == nullptr) return;
  tcp::SeqNum at = tcb.syn_acked() ? tcb.snd_una : tcb.iss + 1;
  std::uint32_t sacked = 0, lost = 0, segments = 0;
  for (auto* segment = sender->sent.front(); segment != nullptr; segment = sender->sent.next(*segment)) {
    require(segment->seq == at && segment->seg_len() > 0 && (segment->packet != nullptr) == (segment->length > 0));
    at = segment->end();
    sacked += segment->sacked() ? segment->seg_len() : 0;
    lost += segment->lost_now() ? segment->seg_len() : 0;
    ++segments;
  }
  require(at == tcb.snd_nxt && sacked == sender->sent.sacked() && lost == sender->sent.lost());
  require(segments == sender->sent.segments());
}

/// The queue's end and sums are those of its packets.
void check_queue(pkt::PacketQueue& queue) {
  std::uint32_t bytes = 0, truesize = 0;
  pkt::Packet* last = nullptr;
  for (pkt::Packet* packet = queue.front(); packet != nullptr; packet = pkt::PacketQueue::next(*packet)) {
    bytes += packet->meta().slice_length;
    truesize += packet->truesize();
    last = packet;
  }
  require(bytes == queue.bytes() && truesize == queue.truesize() && last == queue.back());
}

}  // namespace

void check_tcbs(sim::Host& host) {
  auto& tcbs = host.shard().env().table.tcbs;
  for (std::uint32_t i = 0; i < tcbs.touched(); ++i) {
    if ((host.shard().table().generation(i) & 1) == 0) continue;
    tcp::Tcb& tcb = tcbs[i];
    if (tcb.state == tcp::State::Closed) continue;
    require(tcb.snd_una <= tcb.snd_nxt && tcb.rcv_nxt <= tcb.rcv_adv);
    check_sent(host, tcb);
    check_queue(tcb.snd_queue);
    check_queue(tcb.rcv_queue);
    require(tcb.snd_nxt <= tcb.snd_queue_end() + (tcb.has(tcp::kFinSent) ? 1u : 0u));
    // In recovery PRR may leave less than a segment; elsewhere one always fits.
    const bool window =
        tcp::window_of(tcb, host.shard().table()) >= tcp::payload_limit(tcb) || tcb.phase == cc::Phase::Recovery;
    require(tcb.smss >= 64 && (!tcb.syn_acked() || window));
    // What is unacknowledged has a deadline.
    require(tcb.flight_size() == 0 || tcb.rexmit_at != 0 || tcb.owed != 0 || tcb.has(tcp::kOnReady));
  }
}

}  // namespace millrace::fuzz
