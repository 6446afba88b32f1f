// The words an application shares with the stack. No DPDK, no wire format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "tcp/event.h"
#include "wire/address.h"

namespace millrace::api {

using tcp::CloseReason;
using tcp::ConnectionId;
using tcp::Event;
using tcp::EventKind;
using wire::IpAddress;

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  [[nodiscard]] std::string to_string() const;
};

/// Why a call could not be carried out at once.
enum class Error : std::uint8_t {
  NotConnected,    ///< stale or closed handle
  NoRoute,         ///< no route to the remote address
  InvalidAddress,  ///< broadcast, multicast or unspecified remote, or a local address that is not ours (MUST-46)
  NoPortsLeft,     ///< every source port towards this destination is in use (EADDRNOTAVAIL)
  TableFull,       ///< the connection limit is reached
  AddressInUse,    ///< a listener on this address and port exists
  NotThisWorker,   ///< a fixed local port whose flow another worker owns
};
[[nodiscard]] const char* to_string(Error error) noexcept;

/// A value or an Error.
template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(error) {}
  [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }
  [[nodiscard]] T& value() noexcept { return *value_; }
  [[nodiscard]] const T& value() const noexcept { return *value_; }
  [[nodiscard]] Error error() const noexcept { return error_; }

 private:
  std::optional<T> value_;
  Error error_{};
};

/// Options of one connection; a listener's are inherited by what it accepts.
struct ConnectionOptions {
  bool no_delay = false;                      ///< switch Nagle off (MUST-17)
  std::uint32_t receive_buffer = 256 * 1024;  ///< bound of the receive queue in real memory (truesize), bytes
  std::uint32_t send_buffer = 256 * 1024;     ///< bound of the send queue in real memory (truesize), bytes
  Duration user_timeout{0};                   ///< R2 (MUST-21); 0: the stack's default; Duration::max(): never
  Duration keepalive_idle{0};                 ///< 0: off (MUST-25)
  Duration keepalive_interval = seconds{75};
  std::uint8_t keepalive_count = 9;
};

struct ConnectOptions : ConnectionOptions {
  std::optional<IpAddress> local_address;  ///< default: chosen by route (MUST-43, MUST-44)
  std::uint16_t local_port = 0;            ///< 0: a random free port whose flow this worker owns
  Duration connect_timeout{0};             ///< 0: the stack's default (at least 3 minutes, MUST-23)
  std::uint64_t user = 0;                  ///< returned with every event
};

struct ListenOptions : ConnectionOptions {
  std::uint32_t half_open_limit = 1024;  ///< half-open connections per worker
};

}  // namespace millrace::api
