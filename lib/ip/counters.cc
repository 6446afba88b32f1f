// The words for each drop reason, in the order of the enum, and the two sums that make the outcomes add up.
#include "ip/counters.h"

namespace millrace::ip {
namespace {

constexpr std::array<std::string_view, kDropReasons> kNames = {
    "truncated",
    "header not in the first buffer",
    "not our MAC address",
    "other VLAN",
    "unknown EtherType",
    "bad ARP packet",
    "bad IP header",
    "bad IP checksum",
    "bad extension headers",
    "IPv4-mapped address",
    "fragment",
    "unicast in a link-layer broadcast",
    "broadcast or multicast destination",
    "not our address",
    "address of ours not usable",
    "unspecified source",
    "broadcast or multicast source",
    "loopback source",
    "source is ours",
    "unknown protocol",
    "bad TCP header",
    "bad TCP checksum",
    "bad ICMP header",
    "bad ICMP checksum",
    "source quench",
    "ICMP type not handled",
    "ICMP quote is not ours",
    "bad neighbor discovery message",
    "echo refused",
    "echo rate limited",
    "no route",
    "larger than the MTU",
    "no headroom",
    "neighbor does not answer",
    "neighbor queue full",
    "neighbor table full",
    "transmit list full",
    "pool empty",
};

}  // namespace

std::string_view name(DropReason reason) noexcept { return kNames[static_cast<std::size_t>(reason)]; }

std::uint64_t IpCounters::dropped_on_receive() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kReceiveDropReasons; ++i) sum += drops[i].get();
  return sum;
}

std::uint64_t IpCounters::dropped_on_transmit() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = kReceiveDropReasons; i < kDropReasons; ++i) sum += drops[i].get();
  return sum;
}

}  // namespace millrace::ip
