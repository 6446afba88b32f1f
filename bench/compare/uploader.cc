// uploader: Linux as the sender to either stack's `discard`.
//
//     uploader SECONDS ADDRESS:PORT CONGESTION_CONTROL
//
// Sends as much as the socket takes and prints JSON: what was acknowledged, in how many seconds, and what was sent
// again.
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "sockets.h"

namespace millrace::compare {
namespace {

std::string upload(const Target& target, const std::string& control, double duration) {
  const std::vector<char> text(1 << 16, 'x');
  const int fd = start_connect(target);
  if (::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control.data(), static_cast<socklen_t>(control.size())) != 0)
    throw std::runtime_error(fmt::format("congestion control {} is not there", control));
  const double start = now();
  double elapsed = 0;
  while ((elapsed = now() - start) < duration) {
    pollfd wish{.fd = fd, .events = POLLOUT, .revents = 0};
    ::poll(&wish, 1, static_cast<int>((duration - elapsed) * 1000) + 1);
    while (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0) continue;
    if ((wish.revents & (POLLERR | POLLHUP)) != 0) throw std::runtime_error("the connection ended early");
  }
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) throw std::runtime_error("TCP_INFO is refused");
  abort_connection(fd);
  return fmt::format(R"({{"bytes":{},"seconds":{:.6f},"retransmissions":{}}})", info.tcpi_bytes_acked, elapsed,
                     info.tcpi_total_retrans);
}

}  // namespace
}  // namespace millrace::compare

int main(int argc, char** argv) {
  using namespace millrace::compare;
  prctl(PR_SET_TIMERSLACK, 1);
  try {
    if (argc != 4) throw std::runtime_error("SECONDS ADDRESS:PORT CONGESTION_CONTROL");
    fmt::print("{}\n", upload(parse_target(argv[2]), argv[3], std::stod(argv[1])));
  } catch (const std::exception& failure) {
    fmt::print(stderr, "uploader: {}\n", failure.what());
    return 1;
  }
}
