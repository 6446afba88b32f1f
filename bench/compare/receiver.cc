// receiver: the receiving side of a comparison, the same program whichever stack sends.
//
//     receiver bulk SECONDS ADDRESS:PORT...                       reads chargen from all of them at once
//     receiver answers ADDRESS:PORT SIZE COUNT EVERY_MS PATIENCE_S    HTTP, a connection for each answer
//
// Prints JSON; exit code 1 when it could not even begin.
#include "receiver.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <exception>
#include <stdexcept>
#include <vector>

namespace millrace::compare {
namespace {

std::string measure(const std::vector<std::string>& words) {
  if (words.size() >= 3 && words[0] == "bulk") {
    std::vector<Target> targets;
    for (std::size_t i = 2; i < words.size(); ++i) targets.push_back(parse_target(words[i]));
    return measure_bulk(targets, std::stod(words[1]));
  }
  if (words.size() == 6 && words[0] == "answers")
    return measure_answers(parse_target(words[1]), {.size = std::stoul(words[2]),
                                                    .count = std::stoul(words[3]),
                                                    .every = std::stod(words[4]) / 1000,
                                                    .patience = std::stod(words[5])});
  throw std::runtime_error("bulk SECONDS ADDRESS:PORT... | answers ADDRESS:PORT SIZE COUNT EVERY_MS PATIENCE_S");
}

}  // namespace
}  // namespace millrace::compare

int main(int argc, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  try {
    fmt::print("{}\n", millrace::compare::measure({argv + 1, argv + argc}));
  } catch (const std::exception& failure) {
    fmt::print(stderr, "receiver: {}\n", failure.what());
    return 1;
  }
}
