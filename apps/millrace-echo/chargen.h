// RFC 864: lines of 72 printable characters, each shifted by one, as fast as the peer takes them, until it closes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "api/shard.h"

namespace millrace::echo {

class Chargen {
 public:
  Chargen();
  void on_event(api::Connection connection, const api::Event& event);

  /// The pattern, twice in a row: every stretch of one period can be sent in one piece, from any position.
  [[nodiscard]] const std::string& pattern() const noexcept { return pattern_; }
  static constexpr std::size_t kPeriod = 95 * 74;  ///< 95 printable characters, 72 and CR LF in a line

 private:
  void send(api::Connection connection, std::uint32_t& position);

  std::string pattern_;
  std::vector<std::uint32_t> positions_;  ///< per connection index: where in the pattern the next byte is
};

}  // namespace millrace::echo
