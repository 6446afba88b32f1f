// SipHash-1-3 and SipHash-2-4 (Aumasson, Bernstein 2012): keyed hashes for short inputs.
//
// 1-3 picks buckets of hash tables that peers can fill; 2-4 is the PRF of initial sequence numbers (RFC 6528)
// and SYN cookies. Both are useless to an attacker who does not know the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::base {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

[[nodiscard]] std::uint64_t siphash13(const SipKey& key, std::span<const std::byte> input) noexcept;
[[nodiscard]] std::uint64_t siphash24(const SipKey& key, std::span<const std::byte> input) noexcept;

}  // namespace millrace::base
