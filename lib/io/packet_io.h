// PacketIo: what a worker needs of a link, one RX/TX queue pair seen as two burst calls.
//
// DpdkQueue, MemPort and PcapIo satisfy it; the worker is a template over it, so a burst costs no virtual call.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include "pkt/packet.h"

namespace millrace::io {

template <class Io>
concept PacketIo = requires(Io io, std::span<pkt::Packet*> room, std::span<pkt::Packet* const> out) {
  /// Fills a prefix of `room` with received packets, meta fresh and meta().port set; the caller owns one reference
  /// each.
  { io.rx_burst(room) } -> std::same_as<std::size_t>;
  /// Takes a prefix of `out`, one reference each; the packets behind it stay the caller's.
  { io.tx_burst(out) } -> std::same_as<std::size_t>;
};

}  // namespace millrace::io
