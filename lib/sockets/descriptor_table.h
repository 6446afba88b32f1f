// The numbers of this API's descriptors, one table for the process: a call names its descriptor by a number only, and
// threads share them. A number that was closed comes back only after its place was used 512 times, so a thread that
// still has it finds nothing, not somebody else's socket.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <queue>
#include <vector>

#include "sockets/descriptor.h"

namespace millrace::sockets {

class DescriptorTable {
 public:
  /// A number that is free; -EMFILE when none is left.
  [[nodiscard]] int add(std::shared_ptr<Descriptor> descriptor);
  /// nullptr: no such number. The descriptor lives on while the answer does, closed or not.
  [[nodiscard]] std::shared_ptr<Descriptor> find(int fd) const;
  /// Takes it out.
  std::shared_ptr<Descriptor> take(int fd);
  /// Takes out all of one stack.
  void drop(const mr_stack& stack);

 private:
  struct Place {
    std::shared_ptr<Descriptor> descriptor;
    unsigned generation = 0;  ///< how often it was freed, modulo 512
  };
  /// nullptr: no such number.
  [[nodiscard]] const Place* holds(int fd) const noexcept;
  std::shared_ptr<Descriptor> free(std::size_t place);

  mutable std::mutex mutex_;
  std::vector<Place> places_;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free_;
};

/// The process's table; never destroyed, as threads may close sockets while the program ends.
[[nodiscard]] DescriptorTable& descriptors();

}  // namespace millrace::sockets
