// One side of the link: its ports, and which of its stations is behind which port.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "io/dpdk_queue.h"
#include "io/port.h"
#include "pkt/packet.h"
#include "stations.h"

namespace millrace::link {

class Side {
 public:
  static constexpr std::size_t kBurst = 32;

  /// The ports are started and outlive the side.
  explicit Side(std::deque<io::Port>& ports);

  /// Frames of the next port in turn that has some; the sources are learned.
  [[nodiscard]] std::span<pkt::Packet* const> receive();
  /// Takes over the frame; it leaves with flush(), by every port when its station is not known.
  void send(pkt::Packet& frame);
  void flush();
  /// Frames that a port did not take: its ring was full.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  void forget_refused() noexcept { refused_ = 0; }

 private:
  struct Line {
    io::DpdkQueue queue;
    std::vector<pkt::Packet*> out;
  };

  void learn(std::span<pkt::Packet* const> frames, std::uint16_t port);

  std::deque<Line> lines_;
  Stations stations_;
  std::vector<pkt::Packet*> in_;
  std::size_t turn_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace millrace::link
