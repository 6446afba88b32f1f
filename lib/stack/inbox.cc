// Posting and draining. The release in post() and the acquire in take_posted() make everything the poster wrote
// visible to the task on the worker.
#include "stack/inbox.h"

namespace millrace::stack {

Inbox::~Inbox() {
  take_posted();
  while (first_ != nullptr) delete std::exchange(first_, first_->next);
}

bool Inbox::post(Task task) {
  auto owned = std::make_unique<Node>(Node{std::move(task)});
  // Counted before it is linked, so that the bound holds under any number of posting threads.
  if (waiting_.fetch_add(1, std::memory_order_relaxed) >= capacity_) {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  Node* node = owned.release();
  node->next = posted_.load(std::memory_order_relaxed);
  while (!posted_.compare_exchange_weak(node->next, node, std::memory_order_release, std::memory_order_relaxed)) {
  }
  if (bell_ != nullptr) bell_->ring();
  return true;
}

void Inbox::take_posted() noexcept {
  if (posted_.load(std::memory_order_relaxed) == nullptr) return;  // the common turn: one plain load
  Node* newest = posted_.exchange(nullptr, std::memory_order_acquire);
  Node* const newest_of_all = newest;
  Node* oldest = nullptr;
  while (newest != nullptr) {
    Node* older = std::exchange(newest->next, oldest);
    oldest = newest;
    newest = older;
  }
  (last_ != nullptr ? last_->next : first_) = oldest;
  last_ = newest_of_all;
}

std::size_t Inbox::drain(std::size_t budget) noexcept {
  take_posted();
  std::size_t ran = 0;
  Node* const last_at_start = last_;
  while (ran < budget && first_ != nullptr) {
    Node* node = std::exchange(first_, first_->next);
    if (first_ == nullptr) last_ = nullptr;
    const bool was_last = node == last_at_start;
    ++ran;
    if (node->task() == TaskState::Again) {
      node->next = nullptr;
      (last_ != nullptr ? last_->next : first_) = node;
      last_ = node;
    } else {
      delete node;
      waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
    if (was_last) break;  // each task at most once per turn
  }
  return ran;
}

}  // namespace millrace::stack
