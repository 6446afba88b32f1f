#include "sources.h"

namespace millrace::load {

std::optional<Sources> Sources::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || (dash != std::string_view::npos && dash > slash)) return std::nullopt;
  const auto last = wire::IpPrefix::parse(dash == std::string_view::npos ? text : text.substr(dash + 1));
  const auto first = dash == std::string_view::npos ? std::optional{last ? last->address : wire::IpAddress{}}
                                                    : wire::IpAddress::parse(text.substr(0, dash));
  if (!first || !last || first->is_v4() != last->address.is_v4()) return std::nullopt;
  const Sources one{*first, 1, last->length};
  const Sources end{last->address, 1, last->length};
  const std::uint32_t steps = end.word(0) - one.word(0);
  if (steps >= kMostAddresses || one.address(steps) != last->address) return std::nullopt;
  return Sources{*first, steps + 1, last->length};
}

std::string Sources::to_string() const {
  if (count_ == 1) return first_.to_string();
  return first_.to_string() + "-" + address(count_ - 1).to_string();
}

}  // namespace millrace::load
