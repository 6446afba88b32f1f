#include "conformance/script.h"

#include <fmt/format.h>

#include "conformance/names.h"

namespace millrace::conformance {

Script::~Script() {
  const linger at_once{1, 0};
  for (const int fd : open_) {
    calls_.setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    calls_.close(fd);
  }
}

int Script::socket(Side side, const char* name, int type) {
  world_.use(side);
  const Answer fd = calls_.socket(family_, type, 0);
  if (fd.result < 0) return record_fd("socket()", fd);
  opened(static_cast<int>(fd.result), side, name);
  return static_cast<int>(fd.result);
}

int Script::socket_of(int domain, int type, int protocol) {
  world_.use(Side::Client);
  const Answer fd = calls_.socket(domain, type, protocol);
  if (fd.result >= 0) opened(static_cast<int>(fd.result), Side::Client, "c");
  return record_fd(fmt::format("socket({}, {}, {})", family_name(domain), type_name(type), protocol), fd);
}

int Script::bind(int fd, const Address& address) {
  const Answer answer = calls_.bind(fd, address.raw(), address.length);
  return record(fmt::format("bind({}, {})", name(fd), own_text(fd, address)), answer);
}

int Script::listen(int fd, int backlog) {
  const Answer answer = calls_.listen(fd, backlog);
  return record(fmt::format("listen({}, {})", name(fd), backlog), answer);
}

int Script::accept(int listener, const char* name, int flags) {
  Address from;
  from.length = sizeof from.storage;
  const Answer fd = calls_.accept4(listener, from.raw(), &from.length, flags);
  const std::string call = fmt::format("accept4({}, {})", this->name(listener), flags_name(flags));
  if (fd.result < 0) return record_fd(call, fd);
  opened(static_cast<int>(fd.result), side(listener), name);
  return record_fd(fmt::format("{} from {} length {}", call, peer_text(listener, from), from.length), fd);
}

int Script::accept_unnamed(int listener, const char* name, int flags) {
  const Answer fd = calls_.accept4(listener, nullptr, nullptr, flags);
  if (fd.result >= 0) opened(static_cast<int>(fd.result), side(listener), name);
  return record_fd(fmt::format("accept4({}, null, null)", this->name(listener)), fd);
}

int Script::connect(int fd, const Address& address) {
  const Answer answer = calls_.connect(fd, address.raw(), address.length);
  return record(fmt::format("connect({}, {})", name(fd), peer_text(fd, address)), answer);
}

int Script::shutdown(int fd, int how) {
  const Answer answer = calls_.shutdown(fd, how);
  const char* word = how == SHUT_RD ? "RD" : how == SHUT_WR ? "WR" : how == SHUT_RDWR ? "RDWR" : "?";
  return record(fmt::format("shutdown({}, {})", name(fd), word), answer);
}

int Script::close(int fd) {
  open_.erase(fd);
  const Answer answer = calls_.close(fd);
  return record(fmt::format("close({})", name(fd)), answer);
}

int Script::getsockname(int fd) {
  Address address;
  address.length = sizeof address.storage;
  const Answer answer = calls_.getsockname(fd, address.raw(), &address.length);
  return record(fmt::format("getsockname({})", name(fd)), answer,
                answer.result < 0 ? "" : fmt::format("{} length {}", own_text(fd, address), address.length));
}

int Script::getpeername(int fd) {
  Address address;
  address.length = sizeof address.storage;
  const Answer answer = calls_.getpeername(fd, address.raw(), &address.length);
  return record(fmt::format("getpeername({})", name(fd)), answer,
                answer.result < 0 ? "" : fmt::format("{} length {}", peer_text(fd, address), address.length));
}

int Script::fcntl(int fd, int command, int argument) {
  const Answer answer = calls_.fcntl(fd, command, argument);
  return record(fmt::format("fcntl({}, {}, {:#x})", name(fd), command_name(command), argument), answer);
}

int Script::listening(const char* name, int type, int backlog) {
  const int l = server(name, type);
  const Address address = own(l);
  expect(calls_.bind(l, address.raw(), address.length) == 0, "bind");
  expect(calls_.listen(l, backlog) == 0, "listen");
  return l;
}

Pair Script::join(int c, int l, int accepted) {
  const Address to = where(l);
  expect(calls_.connect(c, to.raw(), to.length) == 0 || errno == EINPROGRESS, "connect");
  world_.settle();
  const int a = calls_.accept4(l, nullptr, nullptr, accepted);
  expect(a >= 0, "accept4");
  opened(a, side(l), "a");
  expect(calls_.connect(c, to.raw(), to.length) == 0 || errno == EISCONN, "connect once more");
  return {c, a, l};
}

Pair Script::connected(int type) {
  const int l = listening();
  return join(client("c", type), l, type & SOCK_NONBLOCK);
}

Pair Script::narrow(int type) {
  constexpr int kBytes = 32768;
  const int l = server("l");
  const int c = client("c", type);
  expect(calls_.setsockopt(l, SOL_SOCKET, SO_RCVBUF, &kBytes, sizeof kBytes) == 0, "SO_RCVBUF");
  expect(calls_.setsockopt(c, SOL_SOCKET, SO_SNDBUF, &kBytes, sizeof kBytes) == 0, "SO_SNDBUF");
  expect(calls_.listen(l, 16) == 0, "listen");
  return join(c, l, type & SOCK_NONBLOCK);
}

Address Script::any(std::uint16_t port) const {
  Address address;
  address.storage.ss_family = static_cast<sa_family_t>(family_);
  address.length = ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  address.set_port(port);
  return address;
}

Address Script::where(int fd) const {
  Address address;
  address.length = sizeof address.storage;
  calls_.getsockname(fd, address.raw(), &address.length);
  return own(fd, address.port());
}

int Script::call(const std::string& text, const std::function<ssize_t(const Calls&)>& call) {
  const Answer answer = call(calls_);
  return record(text, answer);
}

Side Script::side(int fd) const {
  const auto found = sides_.find(fd);
  return found == sides_.end() ? Side::Client : found->second;
}

Address Script::side_address(Side side, std::uint16_t port) const {
  Address address;
  address.storage = world_.address(side, family_);
  address.length = ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  address.set_port(port);
  return address;
}

std::string Script::own_text(int fd, const Address& address) {
  const Side host = side(fd);
  if (address.same_host(own(fd))) return "own:" + trace_.port(host, address.port());
  if (address.same_host(peer(fd))) return "peer:" + trace_.port(other(host), address.port());
  if (address.same_host(any())) return "any:" + trace_.port(host, address.port());
  return address.host_text();
}

std::string Script::peer_text(int fd, const Address& address) {
  if (address.same_host(peer(fd))) return "peer:" + trace_.port(other(side(fd)), address.port());
  return own_text(fd, address);
}

void Script::opened(int fd, Side side, const char* name) {
  trace_.name(fd, name);
  sides_[fd] = side;
  open_.insert(fd);
}

int Script::record(const std::string& call, Answer answer, const std::string& more) {
  std::string line =
      call + " = " + (answer.result < 0 ? "-1 " + errno_name(answer.error) : std::to_string(answer.result));
  if (!more.empty()) line += " " + more;
  trace_.add(std::move(line));
  return static_cast<int>(answer.result);
}

int Script::record_fd(const std::string& call, Answer fd) {
  const int number = static_cast<int>(fd.result);
  trace_.add(call + " = " + (number < 0 ? "-1 " + errno_name(fd.error) : name(number)));
  return number;
}

void Script::expect(bool well, const char* step) {
  if (!well) trace_.add(fmt::format("could not set up: {}: {}", step, errno_name(errno)));
}

}  // namespace millrace::conformance
