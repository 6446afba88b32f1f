// What a worker does for another thread between two bursts: tasks, and questions with an answer.
//
// A worker that does not answer in time gives "no answer from worker N", never a hang.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/export.h"
#include "base/time.h"

namespace millrace::stack {

/// What a Task answers: whether it is to be called once more, in a later turn.
enum class TaskState : std::uint8_t { Done, Again };
/// Runs on the worker's thread; does a bounded piece of work and throws nothing.
using Task = std::function<TaskState()>;

/// What ask() brings back: an answer, or in words why there is none.
template <class Answer>
struct Reply {
  std::optional<Answer> answer;  ///< what came back, or none
  std::string error;             ///< why there is none; else empty
  /// True when there is an answer.
  [[nodiscard]] explicit operator bool() const noexcept { return answer.has_value(); }
};

/// The error of a question that took too long.
[[nodiscard]] MILLRACE_API std::string no_answer_from(std::uint16_t worker);
/// The error of a question that found no room.
[[nodiscard]] MILLRACE_API std::string inbox_full_of(std::uint16_t worker);

/// Asks a worker from another thread. `post` gives a Task to the worker, false when its inbox is full. `fill(answer)`
/// runs on the worker, once per turn until it returns Done; it may page by keeping its cursor in the answer. An
/// exception it throws becomes the error. After the timeout the question is withdrawn: `fill` is not called again, but
/// it may be running, so it must own (or share) what it refers to beyond the worker's own things.
template <class Answer, class Post, class Fill>
[[nodiscard]] Reply<Answer> ask_through(Post&& post, std::uint16_t worker, Duration timeout, Fill fill) {
  struct Question {
    explicit Question(Fill f) : fill(std::move(f)) {}
    Fill fill;
    Answer answer{};
    std::promise<std::string> error;  ///< set when answered, empty text for success
    std::atomic<bool> withdrawn{false};
  };
  auto question = std::make_shared<Question>(std::move(fill));
  std::future<std::string> answered = question->error.get_future();

  const bool posted = post(Task{[question] {
    if (question->withdrawn.load(std::memory_order_relaxed)) return TaskState::Done;
    try {
      if (question->fill(question->answer) == TaskState::Again) return TaskState::Again;
      question->error.set_value({});
    } catch (const std::exception& failure) {
      question->error.set_value(failure.what());
    }
    return TaskState::Done;
  }});
  if (!posted) return {std::nullopt, inbox_full_of(worker)};

  if (answered.wait_for(timeout) != std::future_status::ready) {
    question->withdrawn.store(true, std::memory_order_relaxed);
    return {std::nullopt, no_answer_from(worker)};
  }
  std::string error = answered.get();
  if (!error.empty()) return {std::nullopt, std::move(error)};
  return {std::move(question->answer), {}};
}

}  // namespace millrace::stack
