// What a case saw: one line per call, in words that are the same on every system.
//
// Descriptors have the names that the case gave them. Ports are p1, p2 ... in the order in which they appear. An
// address is "own" or "peer" as seen from the descriptor, or "any". Both ends may have the same address, so a call says
// which one it expects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "conformance/world.h"

namespace millrace::conformance {

/// A socket address of either version, or raw bytes that pretend to be one.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] std::uint16_t port() const;
  void set_port(std::uint16_t port);
  /// The same host, whatever the port.
  [[nodiscard]] bool same_host(const Address& other) const;
  /// The host as text, or the name of the family when it is no IP address.
  [[nodiscard]] std::string host_text() const;
};

class Trace {
 public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

  void name(int fd, std::string name) { names_[fd] = std::move(name); }
  [[nodiscard]] std::string fd(int fd) const;
  /// `host`: whose port it is; each host has its own.
  [[nodiscard]] std::string port(Side host, std::uint16_t port);

  /// Short printable ones quoted, others as their number and a hash.
  [[nodiscard]] static std::string bytes(std::span<const char> bytes);

 private:
  std::vector<std::string> lines_;
  std::map<int, std::string> names_;
  std::map<std::pair<Side, std::uint16_t>, std::string> ports_;
};

}  // namespace millrace::conformance
