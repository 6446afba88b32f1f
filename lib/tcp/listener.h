// LISTEN (RFC 9293 3.10.7.2): the passive OPENs of one shard, found by local address and port.
//
// A listener on one address wins over one on every address. Small and rarely changed: a linear scan over an array of
// ports first.
#pragma once

#include <cstdint>
#include <vector>

#include "tcp/user_options.h"

namespace millrace::tcp {

inline constexpr std::uint16_t kAnyLocal = 0xffff;
inline constexpr std::uint16_t kNoListener = 0xffff;

struct Listener {
  std::uint16_t local_index = kAnyLocal;  ///< kAnyLocal: every own address
  std::uint16_t port = 0;
  bool open = false;
  std::uint32_t half_open = 0;  ///< entries in the SYN cache now
  std::uint32_t half_open_limit = 0;
  UserOptions options;
};

class Listeners {
 public:
  /// The new listener's number, or kNoListener when address and port are taken (or 65535 listeners exist).
  [[nodiscard]] std::uint16_t add(const Listener& listener);
  /// New SYNs are refused from now on.
  void close(std::uint16_t number) noexcept;
  /// kNoListener when nobody listens there.
  [[nodiscard]] std::uint16_t find(std::uint16_t local_index, std::uint16_t port) const noexcept;
  [[nodiscard]] Listener& operator[](std::uint16_t number) noexcept { return listeners_[number]; }
  [[nodiscard]] std::size_t size() const noexcept { return listeners_.size(); }

 private:
  std::vector<Listener> listeners_;
};

}  // namespace millrace::tcp
