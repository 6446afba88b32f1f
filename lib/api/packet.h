// Zero copy: payload that is sent and received in the packets themselves. The one header of the API that shows DPDK's
// types (through pkt/packet.h); who copies bytes does not need it.
//
// A packet belongs to its worker: it is allocated, sent, taken and given back on that worker's thread. Payload handed
// to send_packet() must not change afterwards: it is sent again when it is lost.
#pragma once

#include <utility>

#include "pkt/packet.h"

namespace millrace::api {

/// Holds one reference to one unchained packet, or none; gives it back at the end.
///
/// Made by Shard::allocate_packet, Shard::share_packet and Connection::take_packet.
class PacketRef {
 public:
  /// None.
  PacketRef() = default;
  /// Takes the caller's reference.
  explicit PacketRef(pkt::Packet* packet) noexcept : packet_(packet) {}
  /// `other` holds none afterwards.
  PacketRef(PacketRef&& other) noexcept : packet_(std::exchange(other.packet_, nullptr)) {}
  /// `other` gets what this one held.
  PacketRef& operator=(PacketRef&& other) noexcept {
    std::swap(packet_, other.packet_);
    return *this;
  }
  ~PacketRef() {
    if (packet_ != nullptr) packet_->free();
  }

  /// True when it holds a packet.
  [[nodiscard]] explicit operator bool() const noexcept { return packet_ != nullptr; }
  /// Bytes of payload: packet->bytes(); more can be added: packet->append(n), up to packet->tailroom().
  [[nodiscard]] pkt::Packet* operator->() const noexcept { return packet_; }
  /// The packet, whose reference stays here; nullptr: none.
  [[nodiscard]] pkt::Packet* get() const noexcept { return packet_; }
  /// Gives the reference to the caller.
  [[nodiscard]] pkt::Packet* release() noexcept { return std::exchange(packet_, nullptr); }

 private:
  pkt::Packet* packet_ = nullptr;
};

}  // namespace millrace::api
