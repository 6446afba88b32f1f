#include "direction.h"

#include <algorithm>

#include "congestion_mark.h"

namespace millrace::link {

Direction::~Direction() {
  while (const auto due = schedule_.take_due(Time::max())) due->frame->free();
}

bool Direction::receive(Time now) {
  const auto frames = from_.receive();
  for (pkt::Packet* frame : frames) judge(*frame, now);
  return !frames.empty();
}

void Direction::judge(pkt::Packet& frame, Time now) {
  ++counters_.frames;
  counters_.bytes += frame.total_length();
  const Fate fate = impairment_.fate(frame.total_length(), now);
  counters_.queue_peak = std::max(counters_.queue_peak, impairment_.queued_bytes(now));
  if (fate.kind == Fate::Kind::Carried) return carry(frame, fate);
  ++(fate.kind == Fate::Kind::Lost ? counters_.lost : counters_.queue_full);
  frame.free();
}

void Direction::carry(pkt::Packet& frame, const Fate& fate) {
  if (fate.mark) counters_.marked += mark_congestion(frame.bytes());
  counters_.held_back += fate.held_back;
  counters_.duplicated += fate.twice;
  if (fate.twice) {
    frame.add_reference();
    schedule_.add(&frame, fate.leaves);
  }
  schedule_.add(&frame, fate.leaves);
}

bool Direction::release(Time now) {
  bool any = false;
  while (const auto due = schedule_.take_due(now)) {
    counters_.late.note(now - due->at);
    ++counters_.sent;
    to_.send(*due->frame);
    any = true;
  }
  if (any) to_.flush();
  return any;
}

void Direction::reset_counters() noexcept {
  counters_ = {};
  to_.forget_refused();
}

}  // namespace millrace::link
