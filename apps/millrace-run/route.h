// Sends a call on a descriptor to whom it belongs.
#pragma once

#include <cerrno>

#include "descriptor_table.h"
#include "process.h"

namespace millrace::run {

/// `ours(live)` for a socket of Millrace, `theirs()` for everything else; a socket that is the parent's is refused.
template <class Ours, class Theirs>
auto route(int fd, Ours ours, Theirs theirs) -> decltype(theirs()) {
  if (!DescriptorTable::has(fd)) return theirs();
  Live live;
  switch (table().find(fd, live)) {
    case Owner::Millrace:
      return ours(live);
    case Owner::Lost:
      return refuse(fd);
    case Owner::Kernel:
      break;
  }
  return theirs();
}

}  // namespace millrace::run
