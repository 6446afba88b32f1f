// The version that this library was built as.
#include "api/version.h"

namespace millrace::api {

const char* version() noexcept { return MILLRACE_VERSION_STRING; }

}  // namespace millrace::api
