// The traces of Linux, made by several processes at once, because time there is real.
//
// Processes, not threads: a case that uses a closed descriptor must not meet another case's new one.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace millrace::conformance {

using Traces = std::map<std::string, std::vector<std::string>>;  ///< by the play's name

/// One that hangs or dies is missing, with those that would have followed in its process.
Traces linux_traces(std::span<const Play> plays);

}  // namespace millrace::conformance
