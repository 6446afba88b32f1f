// What finding a flow costs in a large table: lib/flow's find_burst in bursts of 32, as the shard calls it.
//
// The table is the stack's own (tcp::ConnectionTable) with a TIME-WAIT entry for each flow, since an entry is found
// as a connection is: bucket, then the object with the key. Keys are random addresses and ports, drawn beforehand and
// looked up in a random order, all of them before one comes again: buckets and objects are in no cache. Keys that are
// in the table come from one half of the ports, keys that are not from the other.
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "lap.h"
#include "tcp/connection_table.h"
#include "timer/wheel.h"

namespace millrace::bench {
namespace {

constexpr std::size_t kBurst = 32;
constexpr std::size_t kLap = 32 * kBurst;  ///< lookups between two readings of the TSC
constexpr base::SipKey kSecret{0x0123456789abcdef, 0xfedcba9876543210};

flow::FlowKey random_key(base::Random& random, bool present) {
  flow::FlowKey key;
  key.remote_address = wire::IpAddress::v4(static_cast<std::uint32_t>(random.next())).bytes;
  key.local_port = 80;
  key.remote_port = static_cast<std::uint16_t>(random.below(32'768) + (present ? 32'768 : 0));
  return key;
}

class Flows {
 public:
  explicit Flows(std::uint32_t size) : wheel_(Time{}), table_(limits(size), kSecret, wheel_) {
    base::Random random{2};
    present_.reserve(size);
    absent_.reserve(size);
    while (present_.size() < size) {
      const flow::FlowKey key = random_key(random, true);
      if (table_.flows.find(key) != flow::kNoFlow) continue;
      const std::uint32_t index = table_.time_waits.take();
      table_.time_waits[index].key = key;
      if (!table_.flows.insert(key, tcp::make_ref(tcp::kKindTimeWait, index))) break;
      present_.push_back(key);
      absent_.push_back(random_key(random, false));
    }
    std::shuffle(present_.begin(), present_.end(), random);
  }

  /// How many of the keys were found.
  [[nodiscard]] std::size_t find(std::span<const flow::FlowKey> keys) const {
    std::array<std::uint64_t, kBurst> hashes;
    std::array<flow::FlowRef, kBurst> refs;
    std::size_t found = 0;
    for (std::size_t at = 0; at < keys.size(); at += kBurst) {
      table_.flows.find_burst(keys.subspan(at, kBurst), hashes, refs);
      for (const flow::FlowRef ref : refs) found += ref != flow::kNoFlow ? 1 : 0;
    }
    return found;
  }

  [[nodiscard]] std::span<const flow::FlowKey> keys(bool present) const { return present ? present_ : absent_; }

 private:
  static tcp::TableLimits limits(std::uint32_t size) {
    return {.connections = 1, .time_waits = size, .half_open = 1, .sent_segments = 1, .closed_ring = 1};
  }

  timer::Wheel wheel_;
  tcp::ConnectionTable table_;
  std::vector<flow::FlowKey> present_, absent_;
};

template <bool kPresent>
void lookup(benchmark::State& state) {
  const Flows& flows = data_of<Flows>(static_cast<std::uint32_t>(state.range(0)));
  const auto keys = flows.keys(kPresent);
  if (keys.size() < static_cast<std::size_t>(state.range(0))) return state.SkipWithError("the table is full");
  Laps laps;
  std::size_t at = 0;
  for (auto _ : state) {
    std::size_t found = 0;
    laps.lap(state, kLap, [&] { found = flows.find(keys.subspan(at, kLap)); });
    if (found != (kPresent ? kLap : 0)) return state.SkipWithError("a lookup gave the wrong answer");
    at += kLap;
    if (at + kLap > keys.size()) at = 0;
  }
  laps.report(state);
}

[[maybe_unused]] const bool kLookupsRegistered = [] {
  for (const std::int64_t size : {kMillion, 10 * kMillion}) {
    benchmark::RegisterBenchmark("flow.lookup_hit_ns", lookup<true>)->Arg(size)->UseManualTime();
    benchmark::RegisterBenchmark("flow.lookup_miss_ns", lookup<false>)->Arg(size)->UseManualTime();
  }
  return true;
}();

}  // namespace
}  // namespace millrace::bench
