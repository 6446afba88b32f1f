// Which worker a received frame belongs to, before it is parsed for good (used when there are several workers).
//
// TCP goes to the owner of its 4-tuple, an ICMP error to the owner of the 4-tuple it quotes, ARP and
// neighbor discovery to worker 0.
// Everything else stays where it arrived: echo is answered there, the rest is dropped and counted there. Nothing is
// verified here: a damaged frame reaches some worker, whose Ingress drops it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "flow/rss.h"

namespace millrace::ip {

/// `frame` is the first buffer of the packet, Ethernet header first; `self` the worker that received it.
[[nodiscard]] std::uint16_t owner_of_frame(std::span<const std::byte> frame, const flow::OwnerMap& owners,
                                           std::uint16_t self) noexcept;

}  // namespace millrace::ip
