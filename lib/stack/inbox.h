// The one way into a running worker: any thread posts a task, the worker runs it between two bursts.
//
// Posting is lock-free (one compare-and-swap on a list head; the worker takes the whole list with one exchange, so no
// node is ever reused under a reader) and bounded: a full inbox refuses. A task that has much to do answers Again and
// is called once more in a later turn, so that no question stops the data path. ask() is the question-and-answer form:
// a worker that does not answer in time gives "no answer from worker N", never a hang.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"
#include "stack/doorbell.h"

namespace millrace::stack {

enum class TaskState : std::uint8_t { Done, Again };
/// Runs on the worker's thread; does a bounded piece of work and throws nothing.
using Task = std::function<TaskState()>;

class Inbox {
 public:
  /// `bell`, if there is one, is rung after each post; it outlives the inbox.
  explicit Inbox(std::uint32_t capacity, Doorbell* bell = nullptr) noexcept : capacity_(capacity), bell_(bell) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  /// Tasks that were not done are destroyed without being run.
  ~Inbox();

  /// Any thread. False when `capacity` tasks are waiting already. Tasks of one thread run in the order of their posts.
  [[nodiscard]] bool post(Task task);

  /// The worker, once per turn: runs at most `budget` pieces of work, returns how many it ran.
  std::size_t drain(std::size_t budget) noexcept;

  /// Tasks posted and not done.
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  struct Node {
    Task task;
    Node* next = nullptr;
  };
  void take_posted() noexcept;

  const std::uint32_t capacity_;
  Doorbell* const bell_;
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<Node*> posted_{nullptr};  ///< newest first
  // The worker's own: a list in the order of posting.
  alignas(64) Node* first_ = nullptr;
  Node* last_ = nullptr;
};

/// What ask() brings back: an answer, or in words why there is none.
template <class Answer>
struct Reply {
  std::optional<Answer> answer;
  std::string error;
  [[nodiscard]] explicit operator bool() const noexcept { return answer.has_value(); }
};

[[nodiscard]] std::string no_answer_from(std::uint16_t worker);
[[nodiscard]] std::string inbox_full_of(std::uint16_t worker);

/// Asks a worker from another thread. `fill(answer)` runs on the worker, once per turn until it returns Done; it may
/// page by keeping its cursor in the answer. An exception it throws becomes the error. After the timeout the question
/// is withdrawn: `fill` is not called again, but it may be running, so it must own (or share) what it refers to beyond
/// the worker's own things.
template <class Answer, class Fill>
[[nodiscard]] Reply<Answer> ask(Inbox& inbox, std::uint16_t worker, Duration timeout, Fill fill) {
  struct Question {
    explicit Question(Fill f) : fill(std::move(f)) {}
    Fill fill;
    Answer answer{};
    std::promise<std::string> error;  ///< set when answered, empty text for success
    std::atomic<bool> withdrawn{false};
  };
  auto question = std::make_shared<Question>(std::move(fill));
  std::future<std::string> answered = question->error.get_future();

  const bool posted = inbox.post([question] {
    if (question->withdrawn.load(std::memory_order_relaxed)) return TaskState::Done;
    try {
      if (question->fill(question->answer) == TaskState::Again) return TaskState::Again;
      question->error.set_value({});
    } catch (const std::exception& failure) {
      question->error.set_value(failure.what());
    }
    return TaskState::Done;
  });
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
