// Whose thread a thing belongs to, remembered in builds with assertions: a call from another thread stops there with
// its name instead of damaging something. Without assertions it is nothing.
#pragma once

#include "base/check.h"

#ifndef NDEBUG
#include <thread>
#endif

namespace millrace::base {

class ThreadOwner {
 public:
#ifdef NDEBUG
  void take() noexcept {}
  void check() const noexcept {}
#else
  /// From now on the calling thread's alone.
  void take() noexcept { owner_ = std::this_thread::get_id(); }
  /// Nothing before take().
  void check() const noexcept {
    const bool called_by_the_owner = owner_ == std::thread::id{} || owner_ == std::this_thread::get_id();
    MILLRACE_ASSERT(called_by_the_owner);
  }

 private:
  std::thread::id owner_;
#endif
};

}  // namespace millrace::base
