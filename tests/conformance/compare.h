// Two traces side by side.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "conformance/differences.h"

namespace millrace::conformance {

/// What is wrong, for people; empty when the traces are equal but for the differences that are listed for this case.
std::string compare(const std::string& case_name, const std::vector<std::string>& linux,
                    const std::vector<std::string>& millrace, std::span<const Difference> listed);

}  // namespace millrace::conformance
