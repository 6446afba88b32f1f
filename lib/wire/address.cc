// Addresses from and to text. The C library knows the grammars (strict dotted quads, RFC 4291 2.2, RFC 5952); this file
// adds what it lacks: prefixes and MAC addresses. Configuration and printing only, never on a packet's path.
#include "wire/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

namespace millrace::wire {
namespace {

std::optional<std::uint8_t> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

/// 0..max in decimal, without sign or leading zeros.
std::optional<std::uint8_t> parse_prefix_length(std::string_view text, unsigned max) noexcept {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > max) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated{text};
  // An embedded NUL would end the text early for the C library.
  if (std::strlen(terminated.c_str()) != text.size()) return std::nullopt;
  IpAddress address;
  if (in_addr v4{}; ::inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return IpAddress::v4(ntohl(v4.s_addr));
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  if (is_v4()) return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  MacAddress mac;
  if (text.size() != mac.bytes.size() * 3 - 1) return std::nullopt;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    const auto high = hex_digit(text[3 * i]);
    const auto low = hex_digit(text[3 * i + 1]);
    const bool separated = i == mac.bytes.size() - 1 || text[3 * i + 2] == ':';
    if (!high || !low || !separated) return std::nullopt;
    mac.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return mac;
}

std::string MacAddress::to_string() const { return fmt::format("{:02x}", fmt::join(bytes, ":")); }

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = parse_prefix_length(text.substr(slash + 1), address->is_v4() ? 32 : 128);
  if (!length) return std::nullopt;
  return IpPrefix{*address, *length};
}

std::string IpPrefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

}  // namespace millrace::wire
