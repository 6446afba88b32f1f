// What the program listens on: an address, a port and the service behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "api/types.h"

namespace millrace::echo {

enum class ServiceKind : std::uint8_t { Echo, Discard, Chargen, Http };

[[nodiscard]] constexpr std::optional<ServiceKind> service_from(std::string_view word) noexcept {
  if (word == "echo") return ServiceKind::Echo;
  if (word == "discard") return ServiceKind::Discard;
  if (word == "chargen") return ServiceKind::Chargen;
  if (word == "http") return ServiceKind::Http;
  return std::nullopt;
}

struct ListenerSettings {
  api::Endpoint local;
  ServiceKind service = ServiceKind::Echo;
  std::uint32_t body_size = 64;  ///< http: bytes of every answer's body
  api::ListenOptions options;
};

}  // namespace millrace::echo
