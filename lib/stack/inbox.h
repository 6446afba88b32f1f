// The one way into a running worker: any thread posts a task, the worker runs it between two bursts.
//
// Posting is lock-free (one compare-and-swap on a list head; the worker takes the whole list with one exchange, so no
// node is ever reused under a reader) and bounded: a full inbox refuses. A task that has much to do answers Again and
// is called once more in a later turn, so that no question stops the data path.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/time.h"
#include "stack/doorbell.h"
#include "stack/question.h"

namespace millrace::stack {

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

/// Asks the worker that drains this inbox (see stack/question.h).
template <class Answer, class Fill>
[[nodiscard]] Reply<Answer> ask(Inbox& inbox, std::uint16_t worker, Duration timeout, Fill fill) {
  return ask_through<Answer>([&inbox](Task task) { return inbox.post(std::move(task)); }, worker, timeout,
                             std::move(fill));
}

}  // namespace millrace::stack
