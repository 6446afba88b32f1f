// Watches the segments of flows at a link, and knows what the sender can only guess: which bytes were lost, how long it
// took until a copy of them arrived, and which retransmissions brought nothing because an earlier copy was not lost.
//
// A segment's fate is known when it is sent, so nothing is estimated. Bytes lost twice count as two losses, each from
// its own time to the arrival of the copy that makes both good.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "sim/frame_view.h"
#include "sim/link.h"

namespace millrace::sim {

/// Bytes lost on the wire (not by the queue's bound) that arrived in the end.
struct Repair {
  Duration took;            ///< from when the lost segment left the queue to the arrival of a copy
  Duration round_trip;      ///< of the lost segment: waiting, sending, and the way there and back
  std::uint32_t in_flight;  ///< bytes unacknowledged as the sender knew when it sent it, without its own
};

struct WatchCounters {
  std::uint64_t segments = 0;       ///< with text
  std::uint64_t lost = 0;           ///< by the wire or the queue
  std::uint64_t retransmitted = 0;  ///< with bytes that were sent before
  std::uint64_t spurious = 0;       ///< of these: no byte was missing

  void add(const WatchCounters& other) noexcept {
    segments += other.segments;
    lost += other.lost;
    retransmitted += other.retransmitted;
    spurious += other.spurious;
  }
};

class FlowWatch {
 public:
  /// Watches what `data` carries and the acknowledgments that `acks` does; both outlive it or are not used any more.
  /// `round_trip`: both links' delays.
  FlowWatch(Link& data, Link& acks, Duration round_trip);
  FlowWatch(const FlowWatch&) = delete;
  FlowWatch& operator=(const FlowWatch&) = delete;

  /// Forgets what was counted; what is lost and not made good stays known, but counts no more.
  void restart();
  [[nodiscard]] const WatchCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const std::vector<Repair>& repairs() const noexcept { return repairs_; }
  /// Losses that wait for their copy.
  [[nodiscard]] std::size_t missing() const;
  /// Called for each segment with text when it is sent; `again`: it repeats bytes.
  std::function<void(const FrameView&, const Link::Passage&, bool again)> on_text;

 private:
  /// [begin, end) in bytes of the stream.
  struct Loss {
    std::int64_t begin, end;
    Repair repair;  ///< `took` not yet known
    Time since;
    bool counts;
  };
  struct Ack {
    Time arrives;
    std::int64_t upto;
  };
  struct Flow {
    std::uint32_t first_seq = 0;
    std::int64_t highest = 0;  ///< sent
    std::int64_t acked = 0;
    std::deque<Ack> acks;  ///< on their way
    std::vector<Loss> losses;
  };

  void see_text(const FrameView& view, const Link::Passage& passage);
  void see_ack(const FrameView& view, const Link::Passage& passage);
  void count_again(const Flow& flow, std::int64_t begin, std::int64_t end);
  void lose(Flow& flow, std::int64_t begin, std::int64_t end, const Link::Passage& passage);
  void make_good(Flow& flow, std::int64_t begin, std::int64_t end, Time arrives);
  void close(const Loss& loss, Time arrives);

  Duration round_trip_;
  std::unordered_map<std::uint16_t, Flow> flows_;  ///< by the sender's port
  WatchCounters counters_;
  std::vector<Repair> repairs_;
};

}  // namespace millrace::sim
