// A direction's profile as words: "rate=100M delay=5ms loss=1% burst=3 queue=125k mark=30k reorder=1% reorder-by=3ms".
#pragma once

#include <string>
#include <string_view>

#include "impairment.h"

namespace millrace::link {

/// Words that are not there keep their defaults. Throws std::invalid_argument with the word and what it should be.
[[nodiscard]] Profile parse_profile(std::string_view words);

}  // namespace millrace::link
