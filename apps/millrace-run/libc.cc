#include "libc.h"

namespace millrace::run {

const Libc& libc() noexcept {
  static const Libc functions;
  return functions;
}

}  // namespace millrace::run
