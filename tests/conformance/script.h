// What a case is written in. Each function makes one call, adds one line to the trace, and answers what the call did.
//
// A case never branches on what a call returned, so its traces on two systems have the same number of lines. What
// depends on the size of buffers is said in words (fill, drain). settle(), pass() and lose() add no line.
#pragma once

#include <cerrno>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/trace.h"
#include "conformance/world.h"

namespace millrace::conformance {

inline constexpr int kNonblocking = SOCK_STREAM | SOCK_NONBLOCK;
inline constexpr int kBlocking = SOCK_STREAM;

/// A connection: the end that connected, the end that was accepted, and the listener.
struct Pair {
  int c;
  int a;
  int l;
};

/// What a call returned, and errno as it was right afterwards.
struct Answer {
  Answer(ssize_t returned) : result(returned), error(errno) {}
  ssize_t result;
  int error;
};

using Interest = std::pair<int, short>;  ///< descriptor and poll events

class Script {
 public:
  Script(World& world, int family) : world_(world), calls_(world.calls()), family_(family) {}
  /// Resets what is still open.
  ~Script();
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  [[nodiscard]] const std::vector<std::string>& lines() const { return trace_.lines(); }
  [[nodiscard]] int family() const { return family_; }
  [[nodiscard]] bool ipv6() const { return family_ == AF_INET6; }

  // script.cc: opening and closing
  int socket(Side side, const char* name, int type = kNonblocking);
  int client(const char* name = "c", int type = kNonblocking) { return socket(Side::Client, name, type); }
  int server(const char* name = "s", int type = kNonblocking) { return socket(Side::Server, name, type); }
  int socket_of(int domain, int type, int protocol);
  int bind(int fd, const Address& address);
  int bind(int fd) { return bind(fd, own(fd)); }
  int listen(int fd, int backlog = 16);
  int accept(int listener, const char* name, int flags = SOCK_NONBLOCK);
  /// Without room for an address.
  int accept_unnamed(int listener, const char* name, int flags = SOCK_NONBLOCK);
  int connect(int fd, const Address& address);
  /// To where `listener` is bound.
  int connect(int fd, int listener) { return connect(fd, where(listener)); }
  int shutdown(int fd, int how);
  int close(int fd);
  int getsockname(int fd);
  int getpeername(int fd);
  int fcntl(int fd, int command, int argument = 0);

  // No lines as long as all goes well.
  int listening(const char* name = "l", int type = kNonblocking, int backlog = 16);
  Pair join(int c, int l, int accepted = SOCK_NONBLOCK);
  /// A connected pair, both ends of `type`.
  Pair connected(int type = kNonblocking);
  /// A connected pair with small buffers on the way from c to a, so that it can be filled.
  Pair narrow(int type = kNonblocking);
  [[nodiscard]] Address own(int fd, std::uint16_t port = 0) const { return side_address(side(fd), port); }
  [[nodiscard]] Address peer(int fd, std::uint16_t port = 0) const { return side_address(other(side(fd)), port); }
  [[nodiscard]] Address any(std::uint16_t port = 0) const;
  /// The address at which others reach this socket.
  [[nodiscard]] Address where(int fd) const;
  void settle() { world_.settle(); }
  /// Until acknowledgments have come that the other end may delay.
  void acknowledged() { pass(300); }
  void pass(int milliseconds) { world_.pass(std::chrono::milliseconds{milliseconds}); }
  void lose(int fd) { world_.lose(fd, side(fd)); }

  // script_io.cc: bytes
  int read(int fd, std::size_t most);
  int recv(int fd, std::size_t most, int flags);
  int recvfrom(int fd, std::size_t most, int flags);
  int readv(int fd, const std::vector<std::size_t>& sizes);
  int recvmsg(int fd, const std::vector<std::size_t>& sizes, int flags, std::size_t control = 0);
  int write(int fd, std::string_view bytes);
  int send(int fd, std::string_view bytes, int flags = MSG_NOSIGNAL);
  int sendto(int fd, std::string_view bytes, int flags, const Address& address);
  int writev(int fd, const std::vector<std::string_view>& pieces);
  int sendmsg(int fd, const std::vector<std::string_view>& pieces, int flags);
  int ioctl(int fd, unsigned long request, int argument = -1);
  /// Writes until nothing more is taken, also when the peer has received what it can: "full, then ERROR".
  void fill(int fd);
  /// Reads what comes until nothing does any more: "all that was filled, then ...".
  void drain(int fd);
  /// A send of that many bytes, more than fits: "some", "all" or the error.
  int send_much(int fd, std::size_t bytes, int flags = MSG_NOSIGNAL);

  // script_options.cc
  int get(int fd, int level, int option);
  int set(int fd, int level, int option, int value);
  int so_error(int fd) { return get(fd, SOL_SOCKET, SO_ERROR); }
  /// With `length` bytes of room; the bytes in hex.
  int get_raw(int fd, int level, int option, socklen_t length);
  int set_raw(int fd, int level, int option, std::string_view bytes);
  int get_linger(int fd);
  int set_linger(int fd, int on, int seconds);
  int get_time(int fd, int option);
  int set_time(int fd, int option, long seconds, long microseconds);
  int get_congestion(int fd, socklen_t length = 16);
  int set_congestion(int fd, std::string_view name);
  /// The fields of TCP_INFO that `fields` names: see tcp_info_text.h.
  int tcp_info(int fd, std::initializer_list<const char*> fields);

  // script_wait.cc: readiness
  int poll(std::initializer_list<Interest> interests, int timeout = 0);
  /// Polls one descriptor for all there is.
  int ready(int fd);
  int epoll(Side side, const char* name);
  int epoll_add(int epoll, int fd, std::uint32_t events);
  int epoll_mod(int epoll, int fd, std::uint32_t events);
  int epoll_del(int epoll, int fd);
  int epoll_ctl(int epoll, int operation, int fd, std::uint32_t events);
  /// The events are sorted by name: their order is not promised.
  int epoll_wait(int epoll, int most = 8, int timeout = 0);

  /// For what has no function here; the result is recorded like any other.
  int call(const std::string& text, const std::function<ssize_t(const Calls&)>& call);

 private:
  static Side other(Side side) { return side == Side::Client ? Side::Server : Side::Client; }
  [[nodiscard]] Side side(int fd) const;
  [[nodiscard]] Address side_address(Side side, std::uint16_t port) const;
  [[nodiscard]] std::string name(int fd) const { return trace_.fd(fd); }
  /// An address that belongs to this end, or to its peer.
  [[nodiscard]] std::string own_text(int fd, const Address& address);
  [[nodiscard]] std::string peer_text(int fd, const Address& address);
  void opened(int fd, Side side, const char* name);
  int record(const std::string& call, Answer answer, const std::string& more = "");
  int record_fd(const std::string& call, Answer fd);
  void expect(bool well, const char* step);
  [[nodiscard]] ssize_t fill_once(int fd);

  World& world_;
  const Calls& calls_;
  int family_;
  Trace trace_;
  std::map<int, Side> sides_;
  std::set<int> open_;
  std::size_t filled_ = 0;
};

}  // namespace millrace::conformance
