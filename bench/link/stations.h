// Which port of a side a station is behind: learned from the source of what arrives, as an Ethernet bridge does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wire/address.h"

namespace millrace::link {

class Stations {
 public:
  void learn(const wire::MacAddress& source, std::uint16_t port);
  /// nullopt: a group address, or one that nobody has sent from: every port gets the frame.
  [[nodiscard]] std::optional<std::uint16_t> port_of(const wire::MacAddress& destination) const noexcept;

 private:
  static constexpr std::size_t kMost = 64;  ///< a link of a bench has a handful; what comes after them is sent to all
  struct Entry {
    wire::MacAddress mac;
    std::uint16_t port;
  };
  std::vector<Entry> entries_;
};

}  // namespace millrace::link
