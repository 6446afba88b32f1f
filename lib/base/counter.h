// A number that one thread writes and any thread may read.
//
// On x86 a relaxed load or store is a plain move, so a Counter costs what a uint64_t costs; there is no
// read-modify-write because there is only one writer.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::base {

class Counter {
 public:
  Counter() = default;
  Counter(const Counter& other) noexcept : value_(other.get()) {}
  Counter& operator=(const Counter& other) noexcept {
    value_.store(other.get(), std::memory_order_relaxed);
    return *this;
  }

  void add(std::uint64_t n) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void sub(std::uint64_t n) noexcept { value_.store(get() - n, std::memory_order_relaxed); }
  void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  Counter& operator++() noexcept {
    add(1);
    return *this;
  }
  Counter& operator--() noexcept {
    sub(1);
    return *this;
  }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace millrace::base
