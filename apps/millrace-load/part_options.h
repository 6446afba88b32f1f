// What one part of a run shall do: by options of the command line, or by the words of --part.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bulk.h"
#include "header_template.h"
#include "short_connections.h"
#include "sources.h"

namespace millrace::load {

enum class Mode : std::uint8_t { Rr, Cps, Hold, Bulk, SynFlood, Http };

[[nodiscard]] std::optional<Mode> mode_from(std::string_view name) noexcept;
[[nodiscard]] std::string_view name_of(Mode mode) noexcept;

struct PartOptions {
  Mode mode = Mode::Rr;
  Target target{};                        ///< port 0: not given
  std::uint32_t connections = 64;         ///< kept, or at once
  std::uint32_t size = 64;                ///< bytes of a request
  std::optional<std::uint32_t> answer{};  ///< bytes of an answer; as the request if not given
  double rate = 0;                        ///< per second; 0: as fast as answers come
  std::optional<Closer> closer{};
  Direction direction = Direction::Down;
  bool keep_alive = true;
  std::string path = "/";
  std::string host{};  ///< the target's if empty
  std::string body_file{};
  std::optional<Sources> from{};  ///< of a flood

  [[nodiscard]] std::uint32_t answer_size() const noexcept { return answer.value_or(size); }
};

/// An option: as `--name VALUE`, and as `name=VALUE` within --part.
struct PartOption {
  std::string_view name;
  std::string_view help;
  void (*set)(PartOptions& part, const std::string& value);  ///< throws std::invalid_argument
};
[[nodiscard]] std::span<const PartOption> part_options() noexcept;

/// "synflood target=10.1.0.1:80 rate=1M": a mode and options, over what `defaults` says. Throws
/// std::invalid_argument.
[[nodiscard]] PartOptions parse_part(std::string_view text, const PartOptions& defaults);

/// Throws std::invalid_argument when the options do not fit each other.
void check_part(const PartOptions& part, bool verify);

}  // namespace millrace::load
