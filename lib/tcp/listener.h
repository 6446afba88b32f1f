// LISTEN (RFC 9293 3.10.7.2): the passive OPENs of one shard, found by local address and port.
//
// A listener on one address wins over one on every address. Small and rarely changed: a linear scan over an array of
// ports first.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tcp/fast_open_pending.h"
#include "tcp/listen_options.h"

namespace millrace::tcp {

inline constexpr std::uint16_t kAnyLocal = 0xffff;
inline constexpr std::uint16_t kNoListener = 0xffff;

/// Which IP versions a listener on every own address takes.
enum class IpVersions : std::uint8_t { Both, V4, V6 };

struct Listener {
  std::uint16_t local_index = kAnyLocal;   ///< kAnyLocal: every own address
  IpVersions versions = IpVersions::Both;  ///< if local_index is kAnyLocal
  std::uint16_t port = 0;
  bool open = false;
  std::uint32_t half_open = 0;         ///< entries in the SYN cache now
  std::uint32_t connections = 0;       ///< Tcbs now
  std::uint32_t waiting = 0;           ///< accepted and not taken, if there is a backlog
  std::optional<Time> cookie_sent_at;  ///< the last one
  PendingFastOpens fast_opens;
  ListenOptions options;

  [[nodiscard]] bool full() const noexcept {
    return (options.max_connections != 0 && connections >= options.max_connections) ||
           (options.backlog && waiting >= *options.backlog);
  }
};

class Listeners {
 public:
  /// By local index: whether our address is an IPv6 one; what lies beyond is IPv4.
  void set_v6(std::vector<bool> is_v6) { is_v6_ = std::move(is_v6); }

  /// The new listener's number, or kNoListener when address and port are taken for one of its IP versions (or 65535
  /// listeners exist).
  [[nodiscard]] std::uint16_t add(const Listener& listener);
  /// New SYNs are refused from now on.
  void close(std::uint16_t number) noexcept;
  /// kNoListener when nobody listens there.
  [[nodiscard]] std::uint16_t find(std::uint16_t local_index, std::uint16_t port) const noexcept;
  /// Whether anybody listens on the port, whatever the address.
  [[nodiscard]] bool on_port(std::uint16_t port) const noexcept;
  [[nodiscard]] Listener& operator[](std::uint16_t number) noexcept { return listeners_[number]; }
  [[nodiscard]] std::size_t size() const noexcept { return listeners_.size(); }

 private:
  [[nodiscard]] bool is_v6(std::uint16_t local_index) const noexcept {
    return local_index < is_v6_.size() && is_v6_[local_index];
  }

  std::vector<Listener> listeners_;
  std::vector<bool> is_v6_;
};

}  // namespace millrace::tcp
