// Two shards of one stack, each with its loop on a thread of its own, while a third thread looks on: neighbors, the
// states of addresses and counters are all that they share. Meant to be run under ThreadSanitizer.
//
// Time stands still but for duplicate address detection, so no timer interferes however threads are scheduled.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "io/mem_port.h"
#include "stack/connection_list.h"
#include "stack/manual_clock.h"
#include "stack/neighbor_exchange.h"
#include "stack/shard.h"
#include "stack/stats.h"
#include "stack/worker.h"
#include "wire/arp.h"
#include "wire/ethernet.h"

namespace millrace::stack {
namespace {

using wire::IpAddress;
using wire::MacAddress;

constexpr std::uint8_t kNeighbors = 100;  // of 10.1.0.2 and so on
constexpr std::uint16_t kIpv6 = 1;        // index of our IPv6 address
const IpAddress kRemoteIpv6 = *IpAddress::parse("2001:db8::2");

MacAddress mac_of(const IpAddress& ip) { return {{2, 0, 0, 0, 1, static_cast<std::uint8_t>(ip.v4_value())}}; }

/// 0: 10.1.0.1/24; 1: 2001:db8::1/64, which wants detection.
ip::IpConfig both_versions() {
  ip::LocalAddresses addresses{{{IpAddress::v4(0x0a010001), 24, 0}, {*IpAddress::parse("2001:db8::1"), 64, 0}}};
  ip::RouteTable routes{addresses};
  return {{{.mac = {{2, 0, 0, 0, 0, 1}}, .dad_transmits = 1}}, addresses, routes};
}

struct Quiet {
  void on_events(Shard&, std::span<const tcp::Event>) {}
  void on_turn(Shard&, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

/// A worker as the runtime makes it, on a port in memory and with pools of its own: DPDK's pools pass packets on in a
/// way that ThreadSanitizer does not see.
class Loop {
 public:
  Loop(std::uint16_t number, const ip::IpConfig& ip, const flow::OwnerMap& owners, NeighborExchange& exchange,
       std::span<Doorbell> bells)
      : data_{{.name = "data" + std::to_string(number), .packets = 511, .cache = 0}},
        control_{{.name = "control" + std::to_string(number), .packets = 511, .data_size = 256, .cache = 0}},
        shard_{config(number), ShardResources{ip, owners, data_, control_}, clock_.now()},
        link_{number, exchange, bells} {
    shard_.set_relay(&link_);
  }

  void turn() {
    (void)worker_.poll_once();
    link_.deliver(shard_);
  }
  void announce() { shard_.announce(clock_.now()); }
  void advance(Duration by) { clock_.advance(by); }
  [[nodiscard]] Shard& shard() { return shard_; }
  [[nodiscard]] io::MemPort& port() { return port_; }
  [[nodiscard]] Inbox& inbox() { return inbox_; }

  /// Any thread.
  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const {
    std::map<std::string, std::uint64_t> all;
    const auto note = [&](std::string_view name, std::uint64_t value) { all.emplace(name, value); };
    visit_counters(worker_.count(), note);
    visit_counters(shard_.ip_counters(), note);
    visit_counters(shard_.tcp_counters(), note);
    visit_counters(shard_.port_counters(), note);
    return all;
  }

 private:
  static ShardConfig config(std::uint16_t number) {
    ShardConfig config;
    config.worker = number;
    config.limits = {.connections = 256, .time_waits = 16, .half_open = 16, .closed_ring = 16};
    return config;
  }

  ManualClock clock_{Time{seconds{1}}};
  pkt::PacketPool data_;
  pkt::PacketPool control_;
  Shard shard_;
  NeighborLink link_;
  io::MemPort port_{data_};
  Quiet app_;
  Inbox inbox_{16};
  Worker<io::MemPort, ManualClock, Quiet> worker_{shard_, port_, clock_, app_, inbox_};
};

/// The network behind worker 0's queue: every neighbor answers.
void answer_arp(io::MemPort& port) {
  for (const io::Frame& frame : port.take_sent()) {
    const auto ethernet = wire::parse_ethernet(frame);
    if (ethernet->type != wire::kEtherTypeArp) continue;
    const auto asked = wire::parse_arp(std::span{frame}.subspan(ethernet->header_length));
    if (asked->sender_ip == asked->target_ip) continue;  // our announcement
    io::Frame reply(wire::kEthernetHeader + wire::kArpSize);
    const MacAddress mac = mac_of(asked->target_ip);
    wire::build_ethernet({.destination = asked->sender_mac, .source = mac, .type = wire::kEtherTypeArp}, reply);
    wire::build_arp({.operation = wire::ArpOperation::Reply,
                     .sender_mac = mac,
                     .sender_ip = asked->target_ip,
                     .target_mac = asked->sender_mac,
                     .target_ip = asked->sender_ip},
                    std::span{reply}.subspan(wire::kEthernetHeader));
    port.deliver(std::move(reply));
  }
}

/// Where the IPv4 packets that a port has sent went.
void note_destinations(io::MemPort& port, std::set<MacAddress>& destinations) {
  for (const io::Frame& frame : port.take_sent()) {
    const auto ethernet = wire::parse_ethernet(frame);
    if (ethernet->type == wire::kEtherTypeIpv4) destinations.insert(ethernet->destination);
  }
}

class ShardThreads : public testing::Test {
 protected:
  ip::IpConfig ip_ = both_versions();
  flow::OwnerMap owners_{2};
  NeighborExchange exchange_{2, 256};
  std::vector<Doorbell> bells_{2};
  Loop first_{0, ip_, owners_, exchange_, bells_};
  Loop second_{1, ip_, owners_, exchange_, bells_};
  std::atomic<bool> done_{false};     ///< relaxed: it says when to stop and orders nothing
  std::atomic<bool> refused_{false};  ///< an address was tentative for worker 1
};

// Worker 1 opens connections: over IPv6 as soon as its address may be used, over IPv4 to neighbors that worker 0 asks
// for. Counters are read and questions are answered all the while.
TEST_F(ShardThreads, TwoWorkersShareNeighborsAddressesAndCounters) {
  EXPECT_EQ((*ip_.states)[kIpv6], ip::AddressState::Tentative);
  std::thread zero{[&] {
    first_.announce();
    for (bool waited = false; !done_.load(std::memory_order_relaxed); std::this_thread::yield()) {
      first_.turn();
      answer_arp(first_.port());
      if (waited || !refused_.load(std::memory_order_relaxed)) continue;
      first_.advance(seconds{1} + milliseconds{1});
      waited = true;
    }
  }};
  std::set<MacAddress> reached;
  std::thread one{[&] {
    Shard& shard = second_.shard();
    const auto open = [&](const IpAddress& remote) { return shard.connect(remote, 80, {}, 0, {}).tcb != nullptr; };
    for (second_.turn(); !open(kRemoteIpv6); second_.turn()) refused_.store(true, std::memory_order_relaxed);
    for (std::uint8_t i = 0; i < kNeighbors; ++i) {
      EXPECT_TRUE(open(IpAddress::v4(0x0a010002u + i)));
      second_.turn();
      note_destinations(second_.port(), reached);
    }
    for (; reached.size() < kNeighbors; std::this_thread::yield()) {
      second_.turn();
      note_destinations(second_.port(), reached);
    }
    while (!done_.load(std::memory_order_relaxed)) second_.turn();  // for who asks
  }};

  const auto sent = [&] { return second_.counters().at("tx_packets"); };
  for (std::uint64_t before = 0; sent() < kNeighbors; std::this_thread::yield()) {
    const std::uint64_t turns = first_.counters().at("turns");
    EXPECT_GE(turns, before);
    before = turns;
    const auto state = (*ip_.states)[kIpv6];
    EXPECT_TRUE(state == ip::AddressState::Tentative || state == ip::AddressState::Usable);
  }
  const auto page = ask<ConnectionPage>(second_.inbox(), 1, hours{1}, [&](ConnectionPage& found) {
    return fill_page(second_.shard(), ListFilter{}, 1000, found);
  });
  done_.store(true, std::memory_order_relaxed);
  zero.join();
  one.join();

  ASSERT_TRUE(page) << page.error;
  EXPECT_EQ(page.answer->rows.size(), 1u + kNeighbors);
  EXPECT_TRUE(refused_.load());
  EXPECT_EQ((*ip_.states)[kIpv6], ip::AddressState::Usable);
  std::set<MacAddress> all;
  for (std::uint8_t i = 0; i < kNeighbors; ++i) all.insert(mac_of(IpAddress::v4(0x0a010002u + i)));
  EXPECT_EQ(reached, all);
  EXPECT_EQ(second_.counters().at("tcp_active_opens"), 1u + kNeighbors);
  EXPECT_EQ(second_.counters().at("arp_requests_sent"), 0u);
}

}  // namespace
}  // namespace millrace::stack
