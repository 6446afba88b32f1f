// A cookie from its high end: 28 bits of SipHash-2-4, 3 of the MSS index, 1 of the generation. What can be known
// without the secret lies at the low end, where it does not narrow the search for a window. 2 generations times 8 MSS
// values of 2^32 numbers are good: a guess hits one in 2^28.
//
// All that is carried is hashed too, the bits in TSval and whether there are timestamps at all, so that nobody between
// or behind the SYN and the ACK changes what was agreed.
#include "tcp/syn_cookie.h"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>

namespace millrace::tcp {
namespace {

/// What is seen in the wild (Ethernet, PPPoE and tunnels, the minimum of IPv6, jumbo frames), and a floor.
constexpr std::array<std::uint16_t, 8> kMss = {64, 536, 1220, 1360, 1400, 1440, 1460, 8940};
constexpr std::uint16_t kDefaultMssV4 = 536, kDefaultMssV6 = 1220;  // MUST-15

constexpr std::uint32_t kGenerationBit = 1;
constexpr std::uint32_t kMssShift = 1, kMssMask = 7;
constexpr std::uint32_t kPlainBits = 0xf;

// In TSval: four bits of window scale, 15 for none (the largest is 14, RFC 7323 2.3), one of SACK.
constexpr std::uint32_t kNoScale = 15, kScaleMask = 15;
constexpr std::uint32_t kSackBit = 16;
constexpr std::uint32_t kTsBits = 31;

struct HashInput {
  flow::FlowKey key;
  std::uint32_t irs;
  std::uint32_t period;
  std::uint32_t carried;
};
static_assert(std::has_unique_object_representations_v<HashInput>);

std::uint32_t period_of(Time now) noexcept {
  return static_cast<std::uint32_t>(now.time_since_epoch() / kCookiePeriod);
}

/// The last that is not larger; the floor if all are.
std::uint32_t mss_index(std::uint16_t mss) noexcept {
  const auto above = std::upper_bound(kMss.begin() + 1, kMss.end(), mss);
  return static_cast<std::uint32_t>(above - kMss.begin() - 1);
}

std::uint32_t ts_bits(const wire::TcpOptions& kept) noexcept {
  if (!kept.has_timestamps) return 0;
  return (kept.has_window_scale ? kept.window_scale : kNoScale) | (kept.sack_permitted ? kSackBit : 0);
}

std::uint32_t cookie_of(const flow::FlowKey& key, wire::SeqNum irs, std::uint32_t mss, std::uint32_t in_ts,
                        bool timestamps, std::uint32_t period, const base::SipKey& secret) noexcept {
  const HashInput input{key, irs.raw(), period, mss | in_ts << 8 | (timestamps ? 1u << 16 : 0)};
  const auto hash = static_cast<std::uint32_t>(base::siphash24(secret, std::as_bytes(std::span{&input, 1})));
  return (hash & ~kPlainBits) | mss << kMssShift | (period & kGenerationBit);
}

}  // namespace

wire::TcpOptions kept_by_cookie(const wire::TcpOptions& syn, bool v4) noexcept {
  wire::TcpOptions kept;
  kept.mss = kMss[mss_index(syn.mss != 0 ? syn.mss : v4 ? kDefaultMssV4 : kDefaultMssV6)];
  kept.has_timestamps = syn.has_timestamps;
  if (!syn.has_timestamps) return kept;
  kept.ts_val = syn.ts_val;
  kept.has_window_scale = syn.has_window_scale;
  kept.window_scale = syn.window_scale;
  kept.sack_permitted = syn.sack_permitted;
  return kept;
}

wire::SeqNum make_cookie(const flow::FlowKey& key, wire::SeqNum irs, const wire::TcpOptions& kept, Time now,
                         const base::SipKey& secret) noexcept {
  return wire::SeqNum{
      cookie_of(key, irs, mss_index(kept.mss), ts_bits(kept), kept.has_timestamps, period_of(now), secret)};
}

std::uint32_t cookie_timestamp(std::uint32_t ts_now, const wire::TcpOptions& kept) noexcept {
  const std::uint32_t ts = (ts_now & ~kTsBits) | ts_bits(kept);
  return static_cast<std::int32_t>(ts - ts_now) > 0 ? ts - (kTsBits + 1) : ts;
}

std::optional<wire::TcpOptions> read_cookie(const flow::FlowKey& key, wire::SeqNum irs, wire::SeqNum cookie,
                                            const wire::TcpOptions& ack, Time now,
                                            const base::SipKey& secret) noexcept {
  const std::uint32_t mss = cookie.raw() >> kMssShift & kMssMask;
  const std::uint32_t in_ts = ack.has_timestamps ? ack.ts_ecr & kTsBits : 0;
  // The generation bit is the parity of its period: this one, or the one before.
  const std::uint32_t this_period = period_of(now);
  const std::uint32_t period = this_period - ((this_period ^ cookie.raw()) & kGenerationBit);
  if (cookie_of(key, irs, mss, in_ts, ack.has_timestamps, period, secret) != cookie.raw()) return std::nullopt;
  wire::TcpOptions kept;
  kept.mss = kMss[mss];
  if (!ack.has_timestamps) return kept;
  kept.has_timestamps = true;
  kept.ts_val = ack.ts_val;
  kept.has_window_scale = (in_ts & kScaleMask) != kNoScale;
  kept.window_scale = kept.has_window_scale ? static_cast<std::uint8_t>(in_ts & kScaleMask) : 0;
  kept.sack_permitted = (in_ts & kSackBit) != 0;
  return kept;
}

}  // namespace millrace::tcp
