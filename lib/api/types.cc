// Endpoints and errors as text, for messages and logs.
#include "api/types.h"

#include <fmt/format.h>

#include <stdexcept>

namespace millrace::api {

std::string Endpoint::to_string() const {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

const char* to_string(Error error) noexcept {
  switch (error) {
    case Error::NotConnected:
      return "not connected";
    case Error::NoRoute:
      return "no route to the remote address";
    case Error::InvalidAddress:
      return "invalid address";
    case Error::NoPortsLeft:
      return "no source port left towards this destination";
    case Error::TableFull:
      return "table full";
    case Error::AddressInUse:
      return "address in use";
    case Error::NotThisWorker:
      return "the flow of this local port belongs to another worker";
    case Error::InboxFull:
      return "the worker has too many tasks waiting";
  }
  return "?";
}

IpPrefix to_prefix(std::string_view text) {
  if (const auto prefix = IpPrefix::parse(text)) return *prefix;
  throw std::runtime_error(fmt::format(
      "'{}' is no address with the length of its network; write one such as 10.1.0.1/24 or 2001:db8::1/64", text));
}

IpAddress to_address(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return *address;
  throw std::runtime_error(fmt::format("'{}' is no IP address; write one such as 10.1.0.1 or 2001:db8::1", text));
}

}  // namespace millrace::api
