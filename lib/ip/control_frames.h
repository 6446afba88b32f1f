// Frames of the IP floor's own: ARP and neighbor discovery, each whole from its Ethernet header on.
//
// A frame is taken from the control pool and put on the transmit list; each ends as listed or as a counted drop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ip/counters.h"
#include "ip/ip_config.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "wire/address.h"
#include "wire/ethernet.h"

namespace millrace::ip {

class ControlFrames {
 public:
  /// All of them outlive it.
  ControlFrames(const IpConfig& config, pkt::PacketPool& control, TxList& tx, IpCounters& counters) noexcept
      : config_(config), control_(control), tx_(tx), counters_(counters) {}

  /// `write` fills the `size` bytes behind the Ethernet header. False when the frame could not be listed.
  template <class Write>
  bool send(std::uint16_t port, const wire::MacAddress& to, std::uint16_t type, std::size_t size,
            Write&& write) noexcept {
    ++counters_.offered;
    pkt::Packet* frame = control_.alloc();
    if (frame == nullptr) {
      counters_.drop(DropReason::PoolEmpty);
      return false;
    }
    const PortInfo& info = config_.ports[port];
    const std::size_t header = wire::ethernet_header_size(info.vlan);
    frame->append(static_cast<std::uint16_t>(header + size));
    wire::build_ethernet({to, info.mac, type, info.vlan, 0}, frame->bytes());
    write(frame->bytes().subspan(header));
    frame->meta().port = port;
    if (!tx_.push(*frame)) {
      counters_.drop(DropReason::TransmitListFull);
      frame->free();
      return false;
    }
    ++counters_.listed;
    return true;
  }

 private:
  const IpConfig& config_;
  pkt::PacketPool& control_;
  TxList& tx_;
  IpCounters& counters_;
};

}  // namespace millrace::ip
