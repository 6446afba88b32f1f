// Which stack a thread's new descriptors belong to: the one it chose, else the process's oldest.
#pragma once

struct mr_stack;

namespace millrace::sockets {

void use_stack(mr_stack* stack) noexcept;
/// nullptr: there is none.
[[nodiscard]] mr_stack* current_stack();
/// Whether it exists.
[[nodiscard]] bool is_stack(const mr_stack* stack);
/// A stack begins and ends.
void add_stack(mr_stack& stack);
void remove_stack(mr_stack& stack);

}  // namespace millrace::sockets
