// Secrets from the operating system: bucket-hash, ISN and cookie keys. Called by programs at start, never by the stack.
#pragma once

#include <cstddef>
#include <span>

namespace millrace::base {

/// Fills `out` from the kernel's generator; may wait for it early in boot. A kernel that refuses ends the program:
/// there is no safe way on without a secret.
void os_entropy(std::span<std::byte> out) noexcept;

}  // namespace millrace::base
