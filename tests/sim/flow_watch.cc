#include "sim/flow_watch.h"

#include <algorithm>

#include "wire/tcp_header.h"

namespace millrace::sim {
namespace {

/// How far `seq` lies behind the flow's first byte; streams of more than 2 GiB are told apart by what was seen last.
std::int64_t unwrap(std::uint32_t seq, std::uint32_t first, std::int64_t near) {
  const auto low = static_cast<std::uint32_t>(near);
  return near + static_cast<std::int32_t>(seq - first - low);
}

}  // namespace

FlowWatch::FlowWatch(Link& data, Link& acks, Duration round_trip) : round_trip_(round_trip) {
  data.set_watch([this](const io::Frame& frame, const Link::Passage& passage) {
    const FrameView view = view_frame(frame);
    if (view.tcp) see_text(view, passage);
  });
  acks.set_watch([this](const io::Frame& frame, const Link::Passage& passage) {
    const FrameView view = view_frame(frame);
    if (view.tcp && passage.fate == Link::Fate::Carried) see_ack(view, passage);
  });
}

void FlowWatch::restart() {
  counters_ = {};
  repairs_.clear();
  for (auto& [port, flow] : flows_)
    for (Loss& loss : flow.losses) loss.counts = false;
}

std::size_t FlowWatch::missing() const {
  std::size_t sum = 0;
  for (const auto& [port, flow] : flows_)
    for (const Loss& loss : flow.losses) sum += loss.counts ? 1 : 0;
  return sum;
}

void FlowWatch::see_text(const FrameView& view, const Link::Passage& passage) {
  if ((view.ctl & wire::Ctl::kSyn) != 0) {
    flows_[view.source_port] = {view.seq + 1, 0, 0, {}, {}};
    return;
  }
  const auto found = flows_.find(view.source_port);
  if (found == flows_.end() || view.text == 0) return;
  Flow& flow = found->second;
  while (!flow.acks.empty() && flow.acks.front().arrives <= passage.sent) {
    flow.acked = std::max(flow.acked, flow.acks.front().upto);
    flow.acks.pop_front();
  }
  const std::int64_t begin = unwrap(view.seq, flow.first_seq, flow.highest);
  const std::int64_t end = begin + view.text;
  const bool again = begin < flow.highest;
  ++counters_.segments;
  if (again) count_again(flow, begin, std::min(end, flow.highest));
  if (on_text) on_text(view, passage, again);
  if (passage.fate == Link::Fate::Carried)
    make_good(flow, begin, end, passage.arrives);
  else
    lose(flow, begin, end, passage);
  flow.highest = std::max(flow.highest, end);
}

void FlowWatch::see_ack(const FrameView& view, const Link::Passage& passage) {
  const auto found = flows_.find(view.destination_port);
  if (found == flows_.end() || (view.ctl & wire::Ctl::kAck) == 0) return;
  Flow& flow = found->second;
  flow.acks.push_back({passage.arrives, unwrap(view.ack, flow.first_seq, flow.highest)});
}

/// A SYN that is sent again starts the flow anew, so what is missing is known for the whole stream.
void FlowWatch::count_again(const Flow& flow, std::int64_t begin, std::int64_t end) {
  ++counters_.retransmitted;
  const bool needed = std::any_of(flow.losses.begin(), flow.losses.end(),
                                  [&](const Loss& loss) { return loss.begin < end && begin < loss.end; });
  if (!needed) ++counters_.spurious;
}

void FlowWatch::lose(Flow& flow, std::int64_t begin, std::int64_t end, const Link::Passage& passage) {
  ++counters_.lost;
  const bool on_wire = passage.fate == Link::Fate::Lost;
  const auto in_flight = static_cast<std::uint32_t>(flow.highest - flow.acked);
  flow.losses.push_back(
      {begin, end, {Duration{0}, passage.leaves - passage.sent + round_trip_, in_flight}, passage.leaves, on_wire});
}

/// What a copy covers of each loss is no longer missing; a rest before or behind it is.
void FlowWatch::make_good(Flow& flow, std::int64_t begin, std::int64_t end, Time arrives) {
  std::vector<Loss> rests;
  std::erase_if(flow.losses, [&](Loss& loss) {
    if (end <= loss.begin || loss.end <= begin) return false;
    if (begin <= loss.begin && loss.end <= end) {
      close(loss, arrives);
      return true;
    }
    if (loss.begin < begin && end < loss.end) rests.push_back({end, loss.end, loss.repair, loss.since, loss.counts});
    if (loss.begin < begin)
      loss.end = begin;
    else
      loss.begin = end;
    return false;
  });
  flow.losses.insert(flow.losses.end(), rests.begin(), rests.end());
}

void FlowWatch::close(const Loss& loss, Time arrives) {
  if (!loss.counts) return;
  Repair repair = loss.repair;
  repair.took = arrives - loss.since;
  repairs_.push_back(repair);
}

}  // namespace millrace::sim
