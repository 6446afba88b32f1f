// The slow half of a queue: completions and RX interrupts.
//
// The interrupt hangs in an epoll set of this queue, not in DPDK's per-thread one: ppoll() on the set has a timeout in
// nanoseconds (rte_epoll_wait's is in milliseconds), and rte_epoll_wait then only takes the event away.
#include "io/dpdk_queue.h"

#include <poll.h>
#include <rte_interrupts.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "io/packet_io.h"

namespace millrace::io {

static_assert(PacketIo<DpdkQueue>);

DpdkQueue::~DpdkQueue() {
  if (epoll_fd_ < 0) return;
  rte_eth_dev_rx_intr_ctl_q(port_id_, queue_, epoll_fd_, RTE_INTR_EVENT_DEL, nullptr);
  ::close(epoll_fd_);
}

bool DpdkQueue::open_epoll() noexcept {
  if (epoll_fd_ >= 0) return true;
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return false;
  if (rte_eth_dev_rx_intr_ctl_q(port_id_, queue_, fd, RTE_INTR_EVENT_ADD, nullptr) != 0) {
    ::close(fd);
    rx_interrupt_ = false;  // it will not change its mind, and each refusal is a line in DPDK's log
    return false;
  }
  epoll_fd_ = fd;
  return true;
}

bool DpdkQueue::enable_rx_interrupt() noexcept {
  if (!rx_interrupt_ || !open_epoll()) return false;
  const int refused = rte_eth_dev_rx_intr_enable(port_id_, queue_);
  return refused == 0 || refused == -ENOTSUP;  // not supported: a device such as TAP, whose descriptor is always armed
}

bool DpdkQueue::wait(Duration timeout) noexcept {
  if (epoll_fd_ < 0) return false;
  const std::int64_t ns = std::max<std::int64_t>(to_ns(timeout), 0);
  const timespec limit{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  pollfd set{.fd = epoll_fd_, .events = POLLIN, .revents = 0};
  const bool traffic = ::ppoll(&set, 1, &limit, nullptr) != 0;
  rte_epoll_event event;
  if (traffic) rte_epoll_wait(epoll_fd_, &event, 1, 0);
  rte_eth_dev_rx_intr_disable(port_id_, queue_);
  return traffic;
}

}  // namespace millrace::io
