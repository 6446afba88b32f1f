// The words for a question without an answer.
#include "stack/question.h"

#include <fmt/format.h>

namespace millrace::stack {

std::string no_answer_from(std::uint16_t worker) { return fmt::format("no answer from worker {}", worker); }

std::string inbox_full_of(std::uint16_t worker) {
  return fmt::format("the inbox of worker {} is full; ask again later", worker);
}

}  // namespace millrace::stack
