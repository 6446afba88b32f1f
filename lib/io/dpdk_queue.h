// DpdkQueue: one RX/TX queue pair of a started Port, used by one worker.
//
// rx_burst and tx_burst are DPDK's, inline; on top, each received packet gets fresh meta, the port's index and the
// NIC's flow hash. Transmitted packets are freed by the driver whenever it likes, and nobody waits for it.
//
// Sleeping until traffic, where the device can: enable_rx_interrupt(), one more rx_burst() (a packet may have come just
// before), and only if that was empty wait(). A waiting queue's epoll_fd() may be put into an epoll set of the owner's.
#pragma once

#include <rte_ethdev.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/time.h"
#include "pkt/packet_pool.h"

namespace millrace::io {

class DpdkQueue {
 public:
  /// `index` is what received packets carry in meta().port; without `rx_interrupt` the queue never sleeps.
  DpdkQueue(std::uint16_t port_id, std::uint16_t queue, std::uint16_t index, bool rx_interrupt) noexcept
      : port_id_(port_id), queue_(queue), index_(index), rx_interrupt_(rx_interrupt) {}
  DpdkQueue(DpdkQueue&& other) noexcept
      : port_id_(other.port_id_),
        queue_(other.queue_),
        index_(other.index_),
        rx_interrupt_(other.rx_interrupt_),
        epoll_fd_(std::exchange(other.epoll_fd_, -1)) {}
  DpdkQueue& operator=(DpdkQueue&&) = delete;
  ~DpdkQueue();

  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room) noexcept {
    // Packet is an rte_mbuf and nothing else, so the driver may fill our array.
    const std::uint16_t received =
        rte_eth_rx_burst(port_id_, queue_, reinterpret_cast<rte_mbuf**>(room.data()), burst_size(room.size()));
    for (pkt::Packet* packet : room.first(received)) stamp(*packet);
    return received;
  }

  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out) noexcept {
    return rte_eth_tx_burst(port_id_, queue_, reinterpret_cast<rte_mbuf**>(const_cast<pkt::Packet**>(out.data())),
                            burst_size(out.size()));
  }

  /// True when the next packet will end a wait(); false when the device has no RX interrupt.
  [[nodiscard]] bool enable_rx_interrupt() noexcept;
  /// Sleeps until traffic or the timeout and disables the interrupt again: true for traffic (or a signal). Returns
  /// false at once when the interrupt is not enabled. A timeout of 0 or less only looks.
  bool wait(Duration timeout) noexcept;
  /// Readable while traffic waits and the interrupt is enabled; -1 before the first enable_rx_interrupt().
  [[nodiscard]] int epoll_fd() const noexcept { return epoll_fd_; }

  [[nodiscard]] std::uint16_t port_id() const noexcept { return port_id_; }
  [[nodiscard]] std::uint16_t queue() const noexcept { return queue_; }
  [[nodiscard]] std::uint16_t index() const noexcept { return index_; }

 private:
  static std::uint16_t burst_size(std::size_t n) noexcept {
    return static_cast<std::uint16_t>(std::min<std::size_t>(n, 0xffff));
  }
  void stamp(pkt::Packet& packet) const noexcept {
    pkt::reset_meta(packet);
    packet.meta().port = index_;
  }
  [[nodiscard]] bool open_epoll() noexcept;

  std::uint16_t port_id_;
  std::uint16_t queue_;
  std::uint16_t index_;
  bool rx_interrupt_;
  int epoll_fd_ = -1;  ///< -1: none; holds the queue's interrupt
};

}  // namespace millrace::io
