// One of the program's TCP sockets, an open file description of POSIX: what several descriptors share after dup().
//
// It begins as a socket of the kernel, because which stack it belongs to shows only when it is bound, listens or
// connects. What the program did to it before is remembered and done again when a Millrace socket takes its place
// behind the same descriptors (take_over.h). All of it is guarded by the table's mutex.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "shadow.h"

namespace millrace::run {

/// An option that the program has set.
struct Option {
  int level = 0;
  int name = 0;
  std::vector<std::byte> value;
};

/// An epoll set that watches the socket by one of its descriptors.
struct Registration {
  int epoll = -1;
  int descriptor = -1;
  epoll_event event{};
};

struct Socket {
  explicit Socket(int family) : domain(family) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  /// Gives up the kernel's part only; the Millrace socket ends with the last of the program's descriptors.
  ~Socket();

  const int domain;              ///< AF_INET or AF_INET6
  std::vector<int> descriptors;  ///< the program's
  std::vector<Option> options;   ///< set before Millrace took over
  std::vector<Registration> registrations;
  bool port_chosen = false;        ///< by the program, in a bind() that the kernel has carried out
  int millrace = -1;               ///< descriptor of sockets/sockets.h
  bool listens = false;            ///< in Millrace
  int kernel = -1;                 ///< the kernel's listening socket, where both listen
  std::shared_ptr<Shadow> shadow;  ///< there when Millrace has taken over
  bool lost = false;               ///< it is the parent's, and this is a fork of it
  /// connect() was answered, and the first send makes the connection (TCP_FASTOPEN_CONNECT). Any thread.
  std::atomic<bool> opens_with_data{false};
};

}  // namespace millrace::run
