// Numbers in network byte order, at any alignment.
//
// The caller has made sure that the bytes exist; every parser of this room checks its span's size first. What is parsed
// of every packet goes where the caller wants it: an optional is copied on return, by wide loads of what was written in
// small parts just before, and such a load waits until all of that has reached the cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/address.h"

namespace millrace::wire {

[[nodiscard]] inline std::uint8_t load_u8(const std::byte* p) noexcept { return std::to_integer<std::uint8_t>(*p); }
[[nodiscard]] inline std::uint16_t load_be16(const std::byte* p) noexcept {
  std::uint16_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap16(v);
}
[[nodiscard]] inline std::uint32_t load_be32(const std::byte* p) noexcept {
  std::uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_bswap32(v);
}
inline void store_u8(std::byte* p, std::uint8_t v) noexcept { *p = std::byte{v}; }
inline void store_be16(std::byte* p, std::uint16_t v) noexcept {
  v = __builtin_bswap16(v);
  std::memcpy(p, &v, sizeof v);
}
inline void store_be32(std::byte* p, std::uint32_t v) noexcept {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, sizeof v);
}

[[nodiscard]] inline MacAddress load_mac(const std::byte* p) noexcept {
  MacAddress mac;
  std::memcpy(mac.bytes.data(), p, mac.bytes.size());
  return mac;
}
inline void store_mac(std::byte* p, const MacAddress& mac) noexcept {
  std::memcpy(p, mac.bytes.data(), mac.bytes.size());
}
[[nodiscard]] inline IpAddress load_ipv4(const std::byte* p) noexcept { return IpAddress::v4(load_be32(p)); }
inline void store_ipv4(std::byte* p, const IpAddress& a) noexcept { std::memcpy(p, a.bytes.data() + 12, 4); }
[[nodiscard]] inline IpAddress load_ipv6(const std::byte* p) noexcept {
  IpAddress a;
  std::memcpy(a.bytes.data(), p, a.bytes.size());
  return a;
}
inline void store_ipv6(std::byte* p, const IpAddress& a) noexcept { std::memcpy(p, a.bytes.data(), a.bytes.size()); }

}  // namespace millrace::wire
