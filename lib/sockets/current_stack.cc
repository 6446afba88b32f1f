// The process's list of stacks, and each thread's choice.
#include "sockets/current_stack.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace millrace::sockets {
namespace {

/// All stacks of the process, oldest first; never destroyed, as threads may outlive the program's statics.
struct Stacks {
  std::mutex mutex;
  std::vector<mr_stack*> all;
};

Stacks& stacks() {
  static auto* const list = new Stacks;
  return *list;
}

thread_local mr_stack* chosen = nullptr;

}  // namespace

void use_stack(mr_stack* stack) noexcept { chosen = stack; }

bool is_stack(const mr_stack* stack) {
  Stacks& list = stacks();
  const std::lock_guard lock{list.mutex};
  return std::find(list.all.begin(), list.all.end(), stack) != list.all.end();
}

mr_stack* current_stack() {
  Stacks& list = stacks();
  const std::lock_guard lock{list.mutex};
  // The chosen one may have ended meanwhile.
  if (chosen != nullptr && std::find(list.all.begin(), list.all.end(), chosen) != list.all.end()) return chosen;
  return list.all.empty() ? nullptr : list.all.front();
}

void add_stack(mr_stack& stack) {
  Stacks& list = stacks();
  const std::lock_guard lock{list.mutex};
  list.all.push_back(&stack);
}

void remove_stack(mr_stack& stack) {
  Stacks& list = stacks();
  const std::lock_guard lock{list.mutex};
  std::erase(list.all, &stack);
}

}  // namespace millrace::sockets
