// MemPort: one end of a link in memory, for simulations and tests.
//
// The harness carries frames: take_sent() yields what the stack transmitted, deliver() queues what it shall receive.
// It behaves like a NIC where that matters: the ring can be full, buffers can run out, transmitted packets can be held
// for as long as the driver likes (lazy completion), checksums are completed when asked and when the port can. Received
// packets lie in heap blocks of their own so AddressSanitizer sees overruns. One thread; allocates per packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "io/offloads.h"
#include "pkt/packet_pool.h"

namespace millrace::io {

using Frame = std::vector<std::byte>;

struct MemPortConfig {
  std::uint16_t index = 0;           ///< meta().port of received packets
  std::uint16_t rx_headroom = 128;   ///< so that headers can be prepended in place
  std::uint16_t rx_segment = 65000;  ///< longer frames arrive as chains of packets of this many bytes; at least 1
  bool rx_pool_buffers = false;      ///< frames that fit lie in the pool's buffers, with their slack, as a NIC's do
  Offloads offloads = {.tx_chains = true};
  pkt::RxChecksum rx_checksum = pkt::RxChecksum::Unknown;  ///< verdict put on received packets, IP and L4 alike
};

struct MemPortCounters {
  std::uint64_t rx_packets = 0, rx_bytes = 0;
  std::uint64_t tx_packets = 0, tx_bytes = 0;
  std::uint64_t rx_no_buffer = 0;  ///< frames lost because the pool was empty
  std::uint64_t tx_refused = 0;    ///< packets that tx_burst() left to the caller
};

class MemPort {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  explicit MemPort(pkt::PacketPool& rx_pool, const MemPortConfig& config = {});
  ~MemPort();
  MemPort(const MemPort&) = delete;
  MemPort& operator=(const MemPort&) = delete;

  // The stack's side (PacketIo).
  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room);
  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out);
  [[nodiscard]] const Offloads& offloads() const noexcept { return config_.offloads; }

  // The harness's side.
  void deliver(Frame frame);
  /// Frames transmitted since the last call, oldest first; makes room in the ring.
  [[nodiscard]] std::deque<Frame> take_sent() noexcept;
  [[nodiscard]] std::size_t rx_pending() const noexcept { return incoming_.size(); }
  [[nodiscard]] std::size_t tx_pending() const noexcept { return sent_.size(); }

  /// At most `frames` may wait for take_sent(); beyond that tx_burst() refuses.
  void set_tx_ring(std::size_t frames) noexcept { tx_ring_ = frames; }
  /// Keeps a reference on each transmitted packet until `hold` later ones were sent or complete() is called; 0 frees at
  /// once; kUnlimited holds until completed.
  void set_lazy_completion(std::size_t hold) noexcept;
  /// Frees the `n` longest-held packets, or all if there are fewer.
  void complete(std::size_t n = kUnlimited) noexcept;
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }

  void set_offloads(const Offloads& offloads) noexcept { config_.offloads = offloads; }
  void set_rx_checksum(pkt::RxChecksum verdict) noexcept { config_.rx_checksum = verdict; }

  [[nodiscard]] const MemPortCounters& counters() const noexcept { return counters_; }

 private:
  [[nodiscard]] pkt::Packet* receive(std::span<const std::byte> frame);
  [[nodiscard]] pkt::Packet* make_packet(std::span<const std::byte> bytes);
  [[nodiscard]] Frame transmit(const pkt::Packet& packet) const;
  void free_or_hold(pkt::Packet& packet);

  pkt::PacketPool& rx_pool_;
  MemPortConfig config_;
  std::deque<Frame> incoming_;
  std::deque<Frame> sent_;
  std::deque<pkt::Packet*> held_;  ///< transmitted, not completed; oldest first
  std::size_t tx_ring_ = kUnlimited;
  std::size_t hold_ = 0;
  MemPortCounters counters_;
};

}  // namespace millrace::io
