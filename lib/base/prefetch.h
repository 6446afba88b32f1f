// Hints to the processor: fetch an object now, it is wanted soon. They never change what a program does.
#pragma once

#include <cstddef>

namespace millrace::base {

inline constexpr std::size_t kCacheLine = 64;

/// All cache lines in which the object lies. The address need not be of a living object.
template <class T>
void prefetch(const T* object) noexcept {
  // Not __builtin_prefetch: a function that does nothing else is pure to GCC 12, and calls of it are left out.
  const auto line = [](const char* address) { asm volatile("prefetcht0 %0" : : "m"(*address)); };
  const auto* const bytes = reinterpret_cast<const char*>(object);
  for (std::size_t at = 0; at < sizeof(T); at += kCacheLine) line(bytes + at);
  if constexpr (alignof(T) < kCacheLine) line(bytes + sizeof(T) - 1);
}

/// `bytes` from `address` on, to be written: also what another core has read meanwhile comes without delay.
inline void prefetch_to_write(const void* address, std::size_t bytes) noexcept {
  const auto* const first = static_cast<const char*>(address);
  for (std::size_t at = 0; at < bytes; at += kCacheLine) asm volatile("prefetchw %0" : : "m"(first[at]));
}

}  // namespace millrace::base
