#include "sim/recovery_cell.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sim {
namespace {

constexpr RecoveryAlgorithm kAlgorithms[] = {
    {cc::Algorithm::NewReno},
    {cc::Algorithm::Cubic},
    {.id = cc::Algorithm::Bbr, .by_response_function = false},
    {.id = cc::Algorithm::Dctcp, .mark_above = 20, .ecn = tcp::EcnPolicy::Classic},
};

constexpr Distance kDistances[] = {
    {microseconds{100}, 1'000'000'000, milliseconds{300}},
    {milliseconds{1}, 500'000'000, milliseconds{400}},
    {milliseconds{10}, 100'000'000, seconds{2}},
    {milliseconds{100}, 10'000'000, seconds{20}},
};

constexpr std::size_t kQueueFrames = 100;
/// Ethernet without its check sequence, IPv4, TCP with timestamps: payload and what the link carries of it.
constexpr std::uint64_t kPayload = 1448, kFrame = 1514;
constexpr double kBurstFrames = 4;
constexpr double kLateShare = 0.02;

double probability(std::uint32_t per_mille) { return static_cast<double>(per_mille) / 1000; }

/// sqrt(3/(2p)) segments, in thousandths.
std::uint64_t response_window(std::uint32_t loss_per_mille) {
  switch (loss_per_mille) {
    case 1:
      return 38'730;
    case 10:
      return 12'247;
    case 20:
      return 8'660;
    case 50:
      return 5'477;
    default:
      return 0;
  }
}

/// Bursts of 1/leave frames take up the share `p` of all frames when they begin with this probability.
BurstLoss bursts_of(double p) {
  const double leave = 1 / kBurstFrames;
  return {p * leave / (1 - p), leave};
}

}  // namespace

std::span<const RecoveryAlgorithm> recovery_algorithms() noexcept { return kAlgorithms; }
std::span<const Distance> distances() noexcept { return kDistances; }

std::string_view to_string(Trouble trouble) noexcept {
  switch (trouble) {
    case Trouble::None:
      return "none";
    case Trouble::Random:
      return "random";
    case Trouble::Bursts:
      return "bursts";
    case Trouble::Reordering:
      return "3 ms late";
    case Trouble::BadAckPath:
      return "ACK path";
  }
  return "";
}

LinkProfile RecoveryCell::data_link() const {
  LinkProfile link;
  link.delay = distance.round_trip / 2;
  link.bits_per_second = distance.bits_per_second;
  link.queue_frames = kQueueFrames;
  link.mark_above = algorithm->mark_above;
  const double p = probability(loss_per_mille);
  if (trouble == Trouble::Random || trouble == Trouble::Reordering) link.drop = p;
  if (trouble == Trouble::Bursts) link.bursts = bursts_of(p);
  if (trouble == Trouble::Reordering) link.late = kLateShare;
  return link;
}

/// Up to one frame's time at the bottleneck of jitter: without it flows that share a queue fall into step, and who
/// finds it full is always the same (Floyd and Jacobson 1991).
LinkProfile RecoveryCell::ack_link() const {
  LinkProfile link;
  link.delay = distance.round_trip / 2;
  link.jitter = nanoseconds{static_cast<std::int64_t>(kFrame * 8 * 1'000'000'000 / distance.bits_per_second)};
  if (trouble == Trouble::BadAckPath) link.drop = probability(loss_per_mille);
  return link;
}

RecoveryCell RecoveryCell::calm() const { return {algorithm, Trouble::None, 0, distance}; }

std::uint64_t RecoveryCell::capacity() const {
  const std::uint64_t lost = trouble == Trouble::BadAckPath ? 0 : loss_per_mille;
  return distance.bits_per_second / kFrame * kPayload / 1000 * (1000 - lost);
}

std::uint64_t RecoveryCell::formula() const {
  if (trouble != Trouble::Random) return 0;
  if (!algorithm->by_response_function) return capacity();
  const std::uint64_t window_bits = response_window(loss_per_mille) * kPayload * 8 / 1000;
  return std::min(window_bits * 1'000'000'000 / static_cast<std::uint64_t>(to_ns(distance.round_trip)), capacity());
}

std::string RecoveryCell::name() const {
  return fmt::format("{}, {} {}.{} %, {}.{} ms", algorithm->name(), to_string(trouble), loss_per_mille / 10,
                     loss_per_mille % 10, to_us(distance.round_trip) / 1000, to_us(distance.round_trip) / 100 % 10);
}

std::vector<RecoveryCell> cells_of(const RecoveryAlgorithm& algorithm, const Distance& distance) {
  std::vector<RecoveryCell> cells{{&algorithm, Trouble::None, 0, distance}};
  for (const Trouble trouble : {Trouble::Random, Trouble::Bursts, Trouble::Reordering, Trouble::BadAckPath})
    for (const std::uint32_t loss : kLossRates)
      if (loss > 0 || trouble == Trouble::Reordering) cells.push_back({&algorithm, trouble, loss, distance});
  return cells;
}

}  // namespace millrace::sim
