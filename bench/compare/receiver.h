// The receiver's two measurements. Each returns JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sockets.h"

namespace millrace::compare {

/// Reads from every target for so long. A JSON list: bytes, seconds, samples (bytes per tenth of a second), intact.
[[nodiscard]] std::string measure_bulk(const std::vector<Target>& targets, double duration);

struct AnswerPlan {
  std::size_t size = 0;   ///< of the body
  std::size_t count = 0;  ///< connections
  double every = 0;       ///< s between their starts, whether or not the ones before are done
  double patience = 0;    ///< s after the last start
};
/// One request on each connection. A JSON object: times from the request to the last byte, in ms; how many failed.
[[nodiscard]] std::string measure_answers(const Target& target, const AnswerPlan& plan);

}  // namespace millrace::compare
