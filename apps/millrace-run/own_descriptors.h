// Where the shim keeps descriptors of its own: above those that the program gets, so that the program's stay as low as
// it expects (POSIX: the lowest number that is free) and below FD_SETSIZE as long as they would have without the shim.
#pragma once

#include <vector>

namespace millrace::run {

/// Raises the soft limit of open files where the hard one allows; own descriptors then lie above the old soft limit.
/// Else they lie in the upper part of what there is. Called once, before the first own descriptor.
void reserve_own_descriptors() noexcept;

/// A copy of `fd` there, close-on-exec. -1 with errno.
[[nodiscard]] int own_copy(int fd) noexcept;
/// Moves `fd` there. Stays where it is if there is no room.
[[nodiscard]] int own_descriptor(int fd) noexcept;

/// What is open now.
[[nodiscard]] std::vector<int> open_descriptors();
/// Makes everything close-on-exec that is open now and was not `before`: DPDK's, which other programs shall not keep.
void close_new_on_exec(const std::vector<int>& before);

}  // namespace millrace::run
