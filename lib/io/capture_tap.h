// A worker's side of a capture: copies frames that pass its queues into a ring, while one is attached.
//
// Without a capture it costs one branch per burst. Frames to send are copied before the driver takes them, because they
// may be gone afterwards; those that it refused are forgotten. Checksums that a frame leaves to the NIC are filled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/time.h"
#include "io/capture_ring.h"
#include "pkt/packet.h"

namespace millrace::io {

class CaptureTap {
 public:
  /// nullptr ends the capture; a ring that is closed does so with the next burst. On the worker's thread.
  void attach(std::shared_ptr<CaptureRing> ring) noexcept { ring_ = std::move(ring); }
  [[nodiscard]] bool active() const noexcept { return ring_ != nullptr; }
  /// The stamp of the frames that follow.
  void set_time(Time now) noexcept { now_ = now; }

  /// While active.
  void received(std::uint16_t port, std::span<pkt::Packet* const> burst);
  /// Before sending, then how many of them were taken.
  void sending(std::uint16_t port, std::span<pkt::Packet* const> burst);
  void sent(std::size_t n);

 private:
  void stage_all(std::span<pkt::Packet* const> burst, std::uint16_t port, CaptureDirection direction);
  void stage(const pkt::Packet& packet, std::uint16_t port, CaptureDirection direction);

  std::shared_ptr<CaptureRing> ring_;
  Time now_{};
  std::vector<std::byte> staged_;  ///< records of the burst at hand
  std::vector<std::size_t> ends_;  ///< of each packet's record; no growth: the filter left it out
};

}  // namespace millrace::io
