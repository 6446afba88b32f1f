// The program to run, looked at before it is started: whether it is there, and whether the shim can reach it.
#pragma once

#include <string>
#include <string_view>

namespace millrace::run {

struct Program {
  std::string path;   ///< empty: see error
  std::string error;  ///< cause and next step
};

/// Searches `name` as a shell does (`search`: the text of PATH) and looks at the file. An error when it is not there,
/// is statically linked, or runs with other rights than ours: the dynamic linker then preloads nothing.
[[nodiscard]] Program find_program(const std::string& name, std::string_view search);

}  // namespace millrace::run
