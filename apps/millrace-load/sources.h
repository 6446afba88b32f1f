// Our side of all connections: a range of addresses of one IP version, each with the same ports.
//
// A local end is a number: the address's place in the range in the upper bits, the port in the lower 16. Addresses of
// the range differ in their last 32 bits only, so going from one to the other is an addition.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "wire/address.h"
#include "wire/bytes.h"

namespace millrace::load {

struct PortRange {
  std::uint16_t first = 1024;
  std::uint16_t last = 65535;
  [[nodiscard]] std::uint32_t size() const noexcept { return std::uint32_t{last} - first + 1u; }
  [[nodiscard]] bool contains(std::uint16_t port) const noexcept { return port >= first && port <= last; }
  bool operator==(const PortRange&) const = default;
};

class Sources {
 public:
  static constexpr std::uint32_t kMostAddresses = 4096;

  /// `count` addresses from `first` on, in a network with `length` leading bits (IPv4 bits for IPv4).
  Sources(const wire::IpAddress& first, std::uint32_t count, std::uint8_t length) noexcept
      : first_(first), base_(wire::load_be32(last_word(first))), count_(count), length_(length) {}

  /// "10.1.0.2/24", "10.1.0.2-10.1.0.9/24", "2001:db8::2-2001:db8::9/64". nullopt when it is none of these, its ends
  /// are of two versions or in the wrong order, or it has more than kMostAddresses.
  [[nodiscard]] static std::optional<Sources> parse(std::string_view text);
  /// The addresses without the length: "10.1.0.2-10.1.0.9".
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] bool is_v4() const noexcept { return first_.is_v4(); }
  [[nodiscard]] const wire::IpAddress& first() const noexcept { return first_; }
  /// The addresses' network.
  [[nodiscard]] wire::IpPrefix network() const noexcept { return {first_, length_}; }

  [[nodiscard]] wire::IpAddress address(std::uint32_t place) const noexcept {
    wire::IpAddress a = first_;
    wire::store_be32(reinterpret_cast<std::byte*>(a.bytes.data() + 12), base_ + place);
    return a;
  }
  /// The last 32 bits of an address of the range, in host order.
  [[nodiscard]] std::uint32_t word(std::uint32_t place) const noexcept { return base_ + place; }
  /// The place of the address in a packet; count() or more when it is not ours. `address` points at the 4 bytes of an
  /// IPv4 address or the 16 of an IPv6 one.
  [[nodiscard]] std::uint32_t place_v4(const std::byte* address) const noexcept {
    return wire::load_be32(address) - base_;
  }
  [[nodiscard]] std::uint32_t place_v6(const std::byte* address) const noexcept {
    if (std::memcmp(address, first_.bytes.data(), 12) != 0) return count_;
    return wire::load_be32(address + 12) - base_;
  }
  [[nodiscard]] bool contains(const wire::IpAddress& a) const noexcept {
    return place_v6(reinterpret_cast<const std::byte*>(a.bytes.data())) < count_;
  }

 private:
  static const std::byte* last_word(const wire::IpAddress& a) noexcept {
    return reinterpret_cast<const std::byte*>(a.bytes.data() + 12);
  }

  wire::IpAddress first_;
  std::uint32_t base_;  ///< the last 32 bits of the first address, in host order
  std::uint32_t count_;
  std::uint8_t length_;
};

}  // namespace millrace::load
