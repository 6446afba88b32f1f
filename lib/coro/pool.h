// Objects that come and go while others remember them: a reference to one that was given back finds nothing.
//
// Memory is taken as the number of objects grows and kept, so that taking and giving back cost a list operation.
#pragma once

#include <cstdint>
#include <deque>
#include <new>
#include <optional>
#include <utility>

namespace millrace::coro {

template <class T>
struct PoolEntry {
  std::optional<T> object;
  std::uint32_t generation = 0;
  PoolEntry* next_free = nullptr;
};

/// Names an object of a pool; good for as long as the pool lives.
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(PoolEntry<T>& entry) noexcept : entry_(&entry), generation_(entry.generation) {}

  /// nullptr when it names nothing, or what was given back.
  [[nodiscard]] T* get() const noexcept {
    return entry_ != nullptr && entry_->generation == generation_ ? &*entry_->object : nullptr;
  }

 private:
  template <class>
  friend class Pool;
  PoolEntry<T>* entry_ = nullptr;
  std::uint32_t generation_ = 0;
};

template <class T>
class Pool {
 public:
  /// A new object; one that names nothing when there is no memory.
  template <class... Args>
  [[nodiscard]] Ref<T> take(Args&&... args) noexcept {
    if (free_ == nullptr && !grow()) return {};
    PoolEntry<T>* entry = std::exchange(free_, free_->next_free);
    entry->object.emplace(std::forward<Args>(args)...);
    ++in_use_;
    return Ref<T>{*entry};
  }

  /// Destroys the object; every reference to it is stale from now on.
  void give_back(const Ref<T>& ref) noexcept {
    if (ref.get() == nullptr) return;
    PoolEntry<T>* entry = ref.entry_;
    entry->object.reset();
    ++entry->generation;
    entry->next_free = std::exchange(free_, entry);
    --in_use_;
  }

  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }

  template <class Function>
  void for_each(Function&& function) {
    for (PoolEntry<T>& entry : entries_)
      if (entry.object) function(*entry.object);
  }

 private:
  bool grow() noexcept {
    try {
      free_ = &entries_.emplace_back();
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  std::deque<PoolEntry<T>> entries_;  ///< whose elements stay where they are
  PoolEntry<T>* free_ = nullptr;
  std::size_t in_use_ = 0;
};

}  // namespace millrace::coro
