// A resolver that asks by ARP on port 0 and hears what the network says.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "ip/arp.h"
#include "unit/ip/ip_fixture.h"
#include "wire/arp.h"

namespace millrace::ip::test {

using wire::ArpOperation;
using wire::ArpPacket;

struct SentArp {
  wire::EthernetHeader ethernet;
  ArpPacket arp;
};

class ArpTest : public IpTest {
 protected:
  ArpTest() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { log_.emplace_back(text); });
  }
  ~ArpTest() override { base::set_log_sink({}); }

  std::vector<SentArp> take_arp() {
    std::vector<SentArp> sent;
    for (const auto& frame : take_frames()) {
      const auto ethernet = wire::parse_ethernet(frame).value();
      EXPECT_EQ(ethernet.type, wire::kEtherTypeArp);
      EXPECT_EQ(frame.size(), ethernet.header_length + wire::kArpSize);
      sent.push_back({ethernet, wire::parse_arp(std::span{frame}.subspan(ethernet.header_length)).value()});
    }
    return sent;
  }
  /// Exactly one request for `neighbor` went to `whom`.
  void expect_request(const char* neighbor, const wire::MacAddress& whom) {
    const auto sent = take_arp();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].ethernet.destination, whom);
    EXPECT_EQ(sent[0].ethernet.source, kPort0Mac);
    EXPECT_EQ(sent[0].arp.operation, ArpOperation::Request);
    EXPECT_EQ(sent[0].arp.sender_mac, kPort0Mac);
    EXPECT_EQ(sent[0].arp.sender_ip, ip("10.0.0.1"));
    EXPECT_EQ(sent[0].arp.target_mac, wire::MacAddress{});
    EXPECT_EQ(sent[0].arp.target_ip, ip(neighbor));
  }
  void expect_silence() { EXPECT_TRUE(take_frames().empty()); }
  /// Exactly one update, about `neighbor`.
  void expect_update(const char* neighbor, NeighborState state, std::uint8_t last = 0) {
    ASSERT_EQ(arp_.updates().size(), 1u);
    const auto& u = arp_.updates()[0];
    EXPECT_EQ(u.port, 0);
    EXPECT_EQ(u.ip, ip(neighbor));
    EXPECT_EQ(u.state, state);
    EXPECT_EQ(u.mac, last == 0 ? wire::MacAddress{} : mac(last));
    arp_.clear_updates();
  }
  void expect_no_update() { EXPECT_TRUE(arp_.updates().empty()); }
  void request(const char* neighbor, std::int64_t ms) { arp_.request({0, ip(neighbor)}, at_ms(ms)); }
  void hear(ArpOperation operation, const char* sender, std::uint8_t last, const char* target, std::int64_t ms,
            std::uint16_t port = 0) {
    arp_.receive(port, {operation, mac(last), ip(sender), {}, ip(target)}, at_ms(ms));
  }
  void reply(const char* sender, std::uint8_t last, std::int64_t ms) {
    hear(ArpOperation::Reply, sender, last, "10.0.0.1", ms);
  }
  /// 10.0.0.9 is Reachable at mac(9) since `ms`; nothing is pending.
  void resolve(std::int64_t ms) {
    request("10.0.0.9", ms);
    reply("10.0.0.9", 9, ms);
    take_frames();
    arp_.clear_updates();
  }

  std::vector<std::string> log_;
  ArpResolver arp_{config_, {}, {1, 2}, pool(), tx_, count_};
};

inline const auto kBroadcast = wire::MacAddress::broadcast();

}  // namespace millrace::ip::test
