// Streams on sockets: the C library's own would read and write the shadow. The _chk functions are what dprintf() and
// vdprintf() become in programs that are compiled with _FORTIFY_SOURCE.
#include <unistd.h>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "calls.h"
#include "interpose.h"
#include "libc.h"
#include "route.h"

using namespace millrace::run;

/// The headers have it only for programs that are fortified themselves.
extern "C" int __vasprintf_chk(char** text, int flag, const char* format, va_list arguments) noexcept;

namespace {

int descriptor_of(void* cookie) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(cookie)); }

/// They call this library's functions, so the descriptor may even become another one's.
std::FILE* open_stream(int fd, const char* mode) {
  cookie_io_functions_t functions{};
  functions.read = [](void* cookie, char* buffer, std::size_t length) {
    return ::read(descriptor_of(cookie), buffer, length);
  };
  functions.write = [](void* cookie, const char* bytes, std::size_t length) -> ssize_t {
    const ssize_t written = ::write(descriptor_of(cookie), bytes, length);
    return written < 0 ? 0 : written;  // fopencookie(3): 0 says that it failed
  };
  functions.close = [](void* cookie) { return ::close(descriptor_of(cookie)); };
  return ::fopencookie(reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)), mode, functions);
}

/// Takes the text, `length` of it; a negative one says that there is none.
int put(int fd, char* text, int length) {
  if (length < 0) return -1;
  const ssize_t written = ::write(fd, text, static_cast<std::size_t>(length));
  std::free(text);
  return static_cast<int>(written);
}

}  // namespace

MILLRACE_INTERPOSE std::FILE* fdopen(int fd, const char* mode) noexcept {
  const auto kernel = [&] { return libc().fdopen(fd, mode); };
  if (!DescriptorTable::has(fd)) return kernel();
  Live live;
  return table().find(fd, live) == Owner::Kernel ? kernel() : open_stream(fd, mode);
}

MILLRACE_INTERPOSE int vdprintf(int fd, const char* format, va_list arguments) {
  char* text = nullptr;
  const int length = ::vasprintf(&text, format, arguments);
  return put(fd, text, length);
}

MILLRACE_INTERPOSE int dprintf(int fd, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int written = vdprintf(fd, format, arguments);
  va_end(arguments);
  return written;
}

/// `flag` has the C library refuse a %n in memory that can be written.
MILLRACE_INTERPOSE int __vdprintf_chk(int fd, int flag, const char* format, va_list arguments) {
  char* text = nullptr;
  const int length = __vasprintf_chk(&text, flag, format, arguments);
  return put(fd, text, length);
}

MILLRACE_INTERPOSE int __dprintf_chk(int fd, int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int written = __vdprintf_chk(fd, flag, format, arguments);
  va_end(arguments);
  return written;
}
