// The words an application shares with the stack. No DPDK, no wire format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/export.h"
#include "base/time.h"
#include "cc/algorithm.h"
#include "stack/app_timer_id.h"
#include "tcp/event.h"
#include "tcp/listen_options.h"
#include "tcp/user_options.h"
#include "wire/address.h"

namespace millrace::api {

/// Of the sending side of a connection.
using CongestionControl = cc::Algorithm;
using tcp::AccessRules;
using tcp::CloseReason;
using tcp::CloseRule;
using tcp::ConnectionId;
using tcp::EcnPolicy;
using tcp::Event;
using tcp::EventKind;
using tcp::SoftError;
using tcp::SynCookies;
using tcp::Verdict;
/// Names a timer of Shard::start_timer().
using TimerId = stack::AppTimerId;
using wire::IpAddress;
using wire::IpPrefix;
using wire::MacAddress;

/// One end of a connection, or where a listener listens.
struct Endpoint {
  IpAddress address;       ///< IPv4 or IPv6
  std::uint16_t port = 0;  ///< in host order
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  /// "10.0.0.1:80" or "[2001:db8::1]:80".
  [[nodiscard]] MILLRACE_API std::string to_string() const;
};

/// Why a call could not be carried out at once.
enum class Error : std::uint8_t {
  NotConnected,    ///< stale or closed handle
  NoRoute,         ///< no route to the remote address
  InvalidAddress,  ///< broadcast, multicast or unspecified remote, or a local address that is not ours (MUST-46)
  NoPortsLeft,     ///< every source port towards this destination is in use (EADDRNOTAVAIL)
  TableFull,       ///< the limit of connections, or of timers, is reached
  AddressInUse,    ///< a listener on this address and port exists
  NotThisWorker,   ///< a fixed local port whose flow another worker owns: see api/owner_connect.h
  InboxFull,       ///< a worker has too many tasks waiting; try again
};
/// In words, for messages; lives as long as the program.
[[nodiscard]] MILLRACE_API const char* to_string(Error error) noexcept;

/// A value or an Error.
template <class T>
class Result {
 public:
  /// What was asked for.
  Result(T value) : value_(std::move(value)) {}
  /// Why there is none.
  Result(Error error) : error_(error) {}
  /// True when there is a value.
  [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }
  /// The value; only when there is one.
  [[nodiscard]] T& value() noexcept { return *value_; }
  /// The value; only when there is one.
  [[nodiscard]] const T& value() const noexcept { return *value_; }
  /// The error; only when there is no value.
  [[nodiscard]] Error error() const noexcept { return error_; }

 private:
  std::optional<T> value_;
  Error error_{};
};

/// An address with the length of its network, "10.1.0.1/24" or "2001:db8::1/64". Throws std::runtime_error that names
/// what is no such text.
[[nodiscard]] MILLRACE_API IpPrefix to_prefix(std::string_view text);
/// An address, "10.1.0.1" or "2001:db8::1". Throws std::runtime_error that names what is no such text.
[[nodiscard]] MILLRACE_API IpAddress to_address(std::string_view text);

/// Options of one connection; a listener's are inherited by what it accepts.
using ConnectionOptions = tcp::UserOptions;
/// A listener's limits are per worker, as each worker listens for itself.
using tcp::Keepalive;
using tcp::ListenOptions;

/// Of an active open.
struct ConnectOptions : tcp::OpenOptions {
  std::optional<IpAddress> local_address;  ///< default: chosen by route (MUST-43, MUST-44)
  /// Several, when there is no local_address: one with a free port is taken, from a random one on. Those of the other
  /// IP version are passed over. What it refers to is looked at during the call only.
  std::span<const IpAddress> local_addresses;
  std::uint16_t local_port = 0;  ///< 0: a random free port whose flow this worker owns
};

}  // namespace millrace::api
