// RFC 6528 3 over the flow key's bytes. Both results come from SipHash-2-4 under one secret: the low half of the full
// key's hash for the ISN, the high half of the hash without ports for the timestamp offset.
#include "tcp/isn.h"

#include <array>
#include <bit>

#include "base/siphash_core.h"

namespace millrace::tcp {

wire::SeqNum initial_sequence_number(const flow::FlowKey& key, Time now, const base::SipKey& secret) noexcept {
  const auto m = static_cast<std::uint32_t>(to_ns(now) / 4000);
  const std::uint64_t f = base::siphash24(secret, std::as_bytes(std::span{&key, 1}));
  return wire::SeqNum{m + static_cast<std::uint32_t>(f)};
}

wire::SeqNum initial_sequence_number_after(const flow::FlowKey& key, Time now, const base::SipKey& secret,
                                           wire::SeqNum last_sent) noexcept {
  constexpr std::uint32_t kBeyondLast = 0x1'0000;
  return max(initial_sequence_number(key, now, secret), last_sent + kBeyondLast);
}

// By words: a copy of the key without ports would be read right after its parts were written.
std::uint32_t timestamp_offset(const flow::FlowKey& key, const base::SipKey& secret) noexcept {
  const auto [first, second] = std::bit_cast<std::array<std::uint64_t, 2>>(key.remote_address);
  base::SipState<2, 4> state{secret};
  state.absorb(first);
  state.absorb(second);
  state.absorb(key.local_index);
  return static_cast<std::uint32_t>(state.finish(std::uint64_t{sizeof key} << 56) >> 32);
}

}  // namespace millrace::tcp
