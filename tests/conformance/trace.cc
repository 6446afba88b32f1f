#include "conformance/trace.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "conformance/names.h"

namespace millrace::conformance {
namespace {

constexpr std::size_t kQuoted = 40;

std::span<const unsigned char> host(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr;
    return {v6.s6_addr, sizeof v6.s6_addr};
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage).sin_addr;
  return {reinterpret_cast<const unsigned char*>(&v4), sizeof v4};
}

std::uint32_t fnv(std::span<const char> bytes) {
  std::uint32_t hash = 2166136261;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619;
  return hash;
}

}  // namespace

// The port has the same place in both.
std::uint16_t Address::port() const { return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port); }

void Address::set_port(std::uint16_t port) { reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port); }

bool Address::same_host(const Address& other) const {
  return storage.ss_family == other.storage.ss_family && std::ranges::equal(host(storage), host(other.storage));
}

std::string Address::host_text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (inet_ntop(storage.ss_family, host(storage).data(), text, sizeof text) == nullptr)
    return family_name(storage.ss_family);
  return text;
}

std::string Trace::fd(int fd) const {
  const auto found = names_.find(fd);
  return found == names_.end() ? std::to_string(fd) : found->second;
}

std::string Trace::port(Side host, std::uint16_t port) {
  if (port == 0) return "0";
  return ports_.try_emplace({host, port}, fmt::format("p{}", ports_.size() + 1)).first->second;
}

std::string Trace::bytes(std::span<const char> bytes) {
  const bool plain = std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && bytes.size() <= kQuoted) return fmt::format("\"{}\"", std::string_view{bytes.data(), bytes.size()});
  return fmt::format("{} bytes #{:08x}", bytes.size(), fnv(bytes));
}

}  // namespace millrace::conformance
