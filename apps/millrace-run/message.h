// What the shim has to say: one line on the program's standard error, in one write.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace millrace::run {

/// Adds the program's name and a line end. Leaves errno alone.
void say(std::string_view text) noexcept;

}  // namespace millrace::run
