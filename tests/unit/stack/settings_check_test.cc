// Each fault of a runtime's settings, at its border.
#include "stack/settings_check.h"

#include <gtest/gtest.h>

#include "stack/tcp_config.h"
#include "tcp/config.h"

namespace millrace::stack {
namespace {

wire::IpPrefix net(std::uint32_t address, std::uint8_t length) { return {wire::IpAddress::v4(address), length}; }

class SettingsCheckTest : public testing::Test {
 protected:
  SettingsCheckTest() {
    good_.workers = 2;
    good_.ports.resize(2);
    good_.ports[0] = {.name = "a", .device = "net_tap0", .addresses = {net(0x0a010001, 24)}, .mac = {}, .capture = {}};
    good_.ports[1] = {.name = "b", .device = "net_tap1", .addresses = {net(0x0a020001, 24)}, .mac = {}, .capture = {}};
    good_.routes = {{net(0, 0), wire::IpAddress::v4(0x0a0200fe)}};
  }
  /// True when the fault is found and its text holds `part`.
  static testing::AssertionResult fault(const RuntimeSettings& settings, const std::string& part) {
    const auto found = find_fault(settings);
    if (!found) return testing::AssertionFailure() << "no fault found";
    if (found->find(part) == std::string::npos) return testing::AssertionFailure() << *found;
    return testing::AssertionSuccess();
  }
  RuntimeSettings good_;
};

TEST(TcpSettingsTest, DefaultsAreThoseOfTheTcpRoom) {
  const TcpSettings ours;
  const tcp::TcpConfig tcp;
  EXPECT_EQ(ours.msl, tcp.msl);
  EXPECT_EQ(ours.min_rto, tcp.min_rto);
  EXPECT_EQ(ours.connect_timeout, tcp.connect_timeout);
  EXPECT_EQ(ours.half_open_timeout, tcp.half_open_timeout);
  EXPECT_EQ(ours.syn_ack_retries, tcp.syn_ack_retries);
  EXPECT_EQ(ours.user_timeout, tcp.user_timeout);
  EXPECT_EQ(ours.fin_wait_2_timeout, tcp.fin_wait_2_timeout);
  EXPECT_EQ(ours.delayed_ack, tcp.delayed_ack);
  EXPECT_EQ(ours.hop_limit, tcp.hop_limit);
  EXPECT_EQ(ours.r1, tcp.r1);
  EXPECT_EQ(ours.syn_retries, tcp.syn_retries);
  EXPECT_EQ(ours.ecn, tcp.ecn);
  EXPECT_EQ(ours.congestion_control, tcp.congestion_control);
  EXPECT_EQ(ours.pacing, tcp.pacing);
  EXPECT_EQ(ours.buffers.receive_initial, tcp.buffers.receive_initial);
  EXPECT_EQ(ours.buffers.receive_max, tcp.buffers.receive_max);
  EXPECT_EQ(ours.buffers.send_initial, tcp.buffers.send_initial);
  EXPECT_EQ(ours.buffers.send_max, tcp.buffers.send_max);
  const tcp::TcpConfig told = tcp_config(ours, {}, {});
  EXPECT_EQ(told.buffers.receive_budget, tcp.buffers.receive_budget) << "the shard's pool bounds both";
  EXPECT_EQ(told.buffers.send_budget, tcp.buffers.send_budget);
}

TEST(TcpSettingsTest, BuffersReachTheTcpRoom) {
  TcpSettings ours;
  ours.buffers = {1, 2, 3, 4, 5, 6};
  const tcp::BufferLimits told = tcp_config(ours, {}, {}).buffers;
  EXPECT_EQ(told.receive_initial, 1u);
  EXPECT_EQ(told.receive_max, 2u);
  EXPECT_EQ(told.send_initial, 3u);
  EXPECT_EQ(told.send_max, 4u);
  EXPECT_EQ(told.receive_budget, 5u);
  EXPECT_EQ(told.send_budget, 6u);
}

TEST_F(SettingsCheckTest, BuffersThatCannotGrow) {
  RuntimeSettings s = good_;
  s.tcp.buffers.receive_max = s.tcp.buffers.receive_initial;
  s.tcp.buffers.send_max = s.tcp.buffers.send_initial;
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.tcp.buffers.receive_max -= 1;
  EXPECT_TRUE(fault(s, "receive buffers start with 131072 bytes and grow to 131071"));
  s = good_;
  s.tcp.buffers.send_max = s.tcp.buffers.send_initial - 1;
  EXPECT_TRUE(fault(s, "send buffers start with 262144 bytes and grow to 262143"));
  s = good_;
  s.tcp.buffers.send_initial = 0;
  EXPECT_TRUE(fault(s, "start with 1 or more"));
}

TEST_F(SettingsCheckTest, GoodSettingsHaveNone) { EXPECT_EQ(find_fault(good_), std::nullopt); }

TEST_F(SettingsCheckTest, CountsThatMustNotBeZero) {
  RuntimeSettings s = good_;
  s.workers = 0;
  EXPECT_TRUE(fault(s, "no worker"));
  s = good_;
  s.ports.clear();
  EXPECT_TRUE(fault(s, "no port"));
  s = good_;
  s.connections = 0;
  EXPECT_TRUE(fault(s, "connections is 0"));
}

TEST_F(SettingsCheckTest, SourcePorts) {
  RuntimeSettings s = good_;
  s.tcp.port_range = {5000, 5001};
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.tcp.port_range = {5000, 5000};
  EXPECT_TRUE(fault(s, "1 source ports are too few for 2 workers"));
  s.tcp.port_range = {5001, 5000};
  EXPECT_TRUE(fault(s, "5001 to 5000 are no range"));
  s.tcp.port_range = {0, 5000};
  EXPECT_TRUE(fault(s, "0 to 5000 are no range"));
}

TEST_F(SettingsCheckTest, Ports) {
  RuntimeSettings s = good_;
  s.ports[1].device.clear();
  EXPECT_TRUE(fault(s, "'b' has no device"));
  s = good_;
  s.ports[1].addresses.clear();
  EXPECT_TRUE(fault(s, "'b' has no address"));
  s = good_;
  s.ports[1].queues = 2;
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.ports[1].queues = 3;
  EXPECT_TRUE(fault(s, "3 queues for 2 workers"));
  s.ports[1].queues = 0;
  EXPECT_TRUE(fault(s, "0 queues"));
  s = good_;
  s.ports[0].mtu = 576;
  s.ports[0].vlan = 4094;
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.ports[0].mtu = 575;
  EXPECT_TRUE(fault(s, "MTU of 575"));
  s = good_;
  s.ports[0].vlan = 4095;
  EXPECT_TRUE(fault(s, "VLAN 4095"));
}

TEST_F(SettingsCheckTest, Macs) {
  RuntimeSettings s = good_;
  const wire::MacAddress host{{2, 0, 0, 0, 0, 1}};
  s.ports[0].mac = host;
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.ports[1].mac = host;
  EXPECT_TRUE(fault(s, "'a' and 'b' have the same MAC address 02:00:00:00:00:01"));
  for (const wire::MacAddress& none : {wire::MacAddress{}, wire::MacAddress::broadcast()}) {
    s.ports[1].mac = none;
    EXPECT_TRUE(fault(s, "port 'b' has MAC address " + none.to_string()));
  }
}

TEST_F(SettingsCheckTest, Captures) {
  RuntimeSettings s = good_;
  s.ports[0].capture = "/tmp/a.1";
  s.ports[1].capture = "/tmp/./a";
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.ports[1].queues = 2;
  EXPECT_TRUE(fault(s, "'a' and 'b' capture into the same file /tmp/a.1"));
}

TEST_F(SettingsCheckTest, Packets) {
  RuntimeSettings s = good_;  // two queues and two workers: 3072 in rings and caches
  s.packets = 4095;
  EXPECT_TRUE(fault(s, "4095 packets are too few for the RX rings of all queues; use 4096"));
  s.packets = 4096;
  EXPECT_EQ(find_fault(s), std::nullopt);
}

TEST_F(SettingsCheckTest, Addresses) {
  RuntimeSettings s = good_;
  s.ports[1].addresses = {net(0x0a010001, 16)};
  EXPECT_TRUE(fault(s, "given twice"));
  s.ports[1].addresses = {net(0, 24)};
  EXPECT_TRUE(fault(s, "no address of a host"));
  s.ports[1].addresses = {net(0xe0000001, 24)};
  EXPECT_TRUE(fault(s, "no address of a host"));
}

TEST_F(SettingsCheckTest, Routes) {
  RuntimeSettings s = good_;
  s.routes[0].via = wire::IpAddress::v4(0x0a0300fe);
  EXPECT_TRUE(fault(s, "no neighbor"));
  s.routes[0].via = wire::IpAddress::v4(0x0a020001);  // ourselves
  EXPECT_TRUE(fault(s, "no neighbor"));
  s.routes[0].via = wire::IpAddress::v4(0x0a0100fe);
  EXPECT_EQ(find_fault(s), std::nullopt);
}

TEST_F(SettingsCheckTest, Ipv6) {
  const auto v6 = [](const char* text) { return wire::IpPrefix::parse(text).value(); };
  RuntimeSettings s = good_;
  s.ports[0].addresses.push_back(v6("2001:db8::1/64"));
  s.ports[0].mtu = 1280;
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.ports[0].mtu = 1279;
  EXPECT_TRUE(fault(s, "an IPv6 address and an MTU of 1279"));
  s.ports[0].mtu = 1500;
  const RouteSettings by_link{v6("::/0"), wire::IpAddress::parse("fe80::fe").value()};
  s.routes.push_back(by_link);
  EXPECT_EQ(find_fault(s), std::nullopt) << "one port has IPv6";
  s.ports[1].addresses.push_back(v6("2001:db8:1::1/64"));
  EXPECT_TRUE(fault(s, "may be on several ports"));
  s.routes.back().port = "b";
  EXPECT_EQ(find_fault(s), std::nullopt);
  s.routes.back().port = "c";
  EXPECT_TRUE(fault(s, "no neighbor"));
  s = good_;
  s.routes.push_back(by_link);
  EXPECT_TRUE(fault(s, "no neighbor")) << "no port has IPv6";
}

}  // namespace
}  // namespace millrace::stack
