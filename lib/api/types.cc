// Endpoints and errors as text, for messages and logs.
#include "api/types.h"

#include <fmt/format.h>

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

}  // namespace millrace::api
