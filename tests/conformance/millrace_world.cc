// Millrace: the calls of sockets.h upon two bare stacks with a wire in memory and a clock by hand.
#include <algorithm>
#include <cerrno>
#include <optional>

#include "api/bare_stack.h"
#include "conformance/world.h"
#include "sockets/sockets.h"
#include "sockets/stack.h"
#include "wire/ethernet.h"

namespace millrace::conformance {
namespace {

constexpr Calls kCalls{
    .socket = mr_socket,
    .bind = mr_bind,
    .listen = mr_listen,
    .accept4 = mr_accept4,
    .connect = mr_connect,
    .read = mr_read,
    .readv = mr_readv,
    .recv = mr_recv,
    .recvfrom = mr_recvfrom,
    .recvmsg = mr_recvmsg,
    .write = mr_write,
    .writev = mr_writev,
    .send = mr_send,
    .sendto = mr_sendto,
    .sendmsg = mr_sendmsg,
    .shutdown = mr_shutdown,
    .close = mr_close,
    .getsockopt = mr_getsockopt,
    .setsockopt = mr_setsockopt,
    .getsockname = mr_getsockname,
    .getpeername = mr_getpeername,
    .fcntl = [](int fd, int command, int argument) { return mr_fcntl(fd, command, argument); },
    .ioctl = [](int fd, unsigned long request, int* value) { return mr_ioctl(fd, request, value); },
    .poll = mr_poll,
    .epoll_create1 = mr_epoll_create1,
    .epoll_ctl = mr_epoll_ctl,
    .epoll_wait = mr_epoll_wait,
};

// Longer than an acknowledgment is delayed, which new connections of Linux don't do; what Nagle's algorithm holds back
// comes too.
constexpr Duration kSettle = milliseconds{50};

struct End {
  End(const char* ipv4, const char* ipv6) : stack{settings(ipv4, ipv6), sockets.app()} { sockets.drive(stack.shard()); }

  static api::BareStackSettings settings(const char* ipv4, const char* ipv6) {
    api::BareStackSettings settings;
    settings.addresses = {*wire::IpPrefix::parse(ipv4), *wire::IpPrefix::parse(ipv6)};
    settings.connections = settings.time_waits = settings.half_open = settings.orphans = 64;
    settings.packets = 2048;
    settings.tcp.congestion_control = api::CongestionControl::NewReno;  // as linux_world's
    return settings;
  }

  sockets::Sockets sockets;
  api::BareStack stack;
  bool deaf = false;  ///< TCP that is sent to it gets lost
};

bool is_tcp(std::span<const std::byte> frame) {
  const auto header = wire::parse_ethernet(frame);
  const std::size_t protocol = header && header->type == wire::kEtherTypeIpv4 ? 14 + 9 : 14 + 6;
  return header && header->type != wire::kEtherTypeArp && frame.size() > protocol &&
         frame[protocol] == std::byte{IPPROTO_TCP};
}

class MillraceWorld : public World {
 public:
  MillraceWorld() {
    for (End* end : {&client_, &server_}) mr_set_wait(end->sockets.handle(), wait, this);
  }

  [[nodiscard]] const Calls& calls() const override { return kCalls; }
  void use(Side side) override { mr_use(end(side).sockets.handle()); }

  [[nodiscard]] sockaddr_storage address(Side side, int family) const override {
    sockaddr_storage storage{};
    storage.ss_family = static_cast<sa_family_t>(family);
    const unsigned char host = side == Side::Client ? 1 : 2;
    if (family == AF_INET6) {
      auto& bytes = reinterpret_cast<sockaddr_in6&>(storage).sin6_addr.s6_addr;
      bytes[0] = 0xfd;
      bytes[15] = host;
    } else {
      reinterpret_cast<sockaddr_in&>(storage).sin_addr.s_addr = htonl(0x0a000000U + host);
    }
    return storage;
  }

  void settle() override { pass_until(now_ + kSettle); }
  void pass(std::chrono::milliseconds span) override { pass_until(now_ + span); }
  void lose(int, Side side) override { end(side).deaf = true; }

 private:
  End& end(Side side) { return side == Side::Client ? client_ : server_; }

  static int wait(void* world, std::int64_t deadline_ns) {
    return static_cast<MillraceWorld*>(world)->wait_until(time_from_ns(deadline_ns));
  }

  // EDEADLK: nothing will ever happen again.
  int wait_until(Time deadline) {
    if (exchange()) return 0;
    const auto next = next_instant();
    if (!next && deadline == Time::max()) return EDEADLK;
    now_ = std::max(now_, next ? std::min(*next, deadline) : deadline);
    exchange();
    return 0;
  }

  void pass_until(Time end) {
    exchange();
    for (auto next = next_instant(); next && *next <= end; next = next_instant()) {
      now_ = std::max(now_, *next);
      exchange();
    }
    now_ = end;
    exchange();
  }

  /// Everything that happens at this instant. True if a frame was carried.
  bool exchange() {
    bool any = false;
    for (bool busy = true; busy;) {
      busy = turn(client_);
      busy = turn(server_) || busy;
      const bool carried = carry(client_, server_) + carry(server_, client_) > 0;
      any = any || carried;
      busy = busy || carried;
    }
    return any;
  }

  bool turn(End& end) { return end.stack.advance(now_); }

  static std::size_t carry(End& from, End& to) {
    return from.stack.output([&](std::span<const std::byte> frame) {
      if (!to.deaf || !is_tcp(frame)) to.stack.input(frame);
    });
  }

  [[nodiscard]] std::optional<Time> next_instant() const {
    return earlier(client_.stack.next_deadline(), server_.stack.next_deadline());
  }

  Time now_{};
  End client_{"10.0.0.1/24", "fd00::1/64"};
  End server_{"10.0.0.2/24", "fd00::2/64"};
};

}  // namespace

std::unique_ptr<World> millrace_world() { return std::make_unique<MillraceWorld>(); }

}  // namespace millrace::conformance
