// One turn of the generator over one queue pair.
#pragma once

#include <array>

#include "base/time.h"
#include "engine.h"
#include "io/packet_io.h"
#include "neighborhood.h"

namespace millrace::load {

template <io::PacketIo Io>
class Generator {
 public:
  Generator(Io& io, Engine& engine, Neighborhood& neighborhood) noexcept
      : io_(io), engine_(engine), neighborhood_(neighborhood) {}

  /// True when a packet came or went.
  bool turn(Time now) {
    std::array<pkt::Packet*, Engine::kBurst> room;
    const std::size_t received = io_.rx_burst(room);
    engine_.receive(std::span{room}.first(received), now);
    for (const pkt::Packet* packet : engine_.controls())
      if (const auto answer = neighborhood_.receive(packet->bytes())) (void)engine_.send_frame(answer->bytes());
    engine_.run_jobs();
    engine_.sweep();
    engine_.transmit();
    const std::size_t sent = engine_.pending().empty() ? 0 : io_.tx_burst(engine_.pending());
    engine_.sent(sent);
    return received + sent > 0;
  }

 private:
  Io& io_;
  Engine& engine_;
  Neighborhood& neighborhood_;
};

}  // namespace millrace::load
