// Ports, addresses, routes and limits that do not fit together.
#include "config_bed.h"

namespace millrace::config {
namespace {

TEST_F(ConfigTest, SameAddressTwice) {
  line(8, "addresses = ['10.1.0.1/16', '10.2.0.1/24']");
  EXPECT_EQ(fault(), "f:8: address 10.1.0.1 is used twice, first in line 4. Give each address to one port.\n");
}

TEST_F(ConfigTest, SamePortNameAndDeviceTwice) {
  line(6, "name = 'client'");
  line(7, "device = 'net_tap0'");
  EXPECT_EQ(fault(),
            "f:6: port name 'client' is used twice, first in line 2. Give each port a name of its own.\n"
            "f:7: device 'net_tap0' is used twice, first in line 3. Give each port a device of its own.\n");
}

TEST_F(ConfigTest, NoAddresses) {
  line(8, "addresses = []");
  EXPECT_EQ(fault(),
            "f:8: 'addresses' in [[port]] is empty. Write for example addresses = [\"10.1.0.1/24\"].\n"
            "f:15: no route to server 10.2.0.2:8080. Add a [[route]] that covers it, or a port with an address on its "
            "network.\n");
}

TEST_F(ConfigTest, AddressesNoHostMayHave) {
  line(8,
       "addresses = ['10.2.0.1/24', '0.0.0.0/8', '224.0.0.1/24', '127.0.0.1/8', '10.3.0.0/24', '10.3.0.255/24', "
       "'10.4.0.4/30', '10.4.0.7/30', '::/64', 'ff02::1/64', '::1/128']");
  const std::string next = "Use an address of one host.\n";
  EXPECT_EQ(fault(),
            "f:8: 0.0.0.0/8 is the unspecified address. " + next + "f:8: 224.0.0.1/24 is a multicast address. " + next +
                "f:8: 127.0.0.1/8 is a loopback address. " + next + "f:8: 10.3.0.0/24 is the network's own address. " +
                next + "f:8: 10.3.0.255/24 is the network's broadcast address. " + next +
                "f:8: 10.4.0.4/30 is the network's own address. " + next +
                "f:8: 10.4.0.7/30 is the network's broadcast address. " + next +
                "f:8: ::/64 is the unspecified address. " + next + "f:8: ff02::1/64 is a multicast address. " + next +
                "f:8: ::1/128 is a loopback address. " + next);
}

TEST_F(ConfigTest, AddressesThatLookOddButAreFine) {
  line(8, "addresses = ['10.2.0.1/24', '10.5.0.0/31', '10.5.0.1/31', '10.6.0.0/32', '10.7.0.0/16']");
  EXPECT_EQ(fault(), "f:8: 10.7.0.0/16 is the network's own address. Use an address of one host.\n");
  line(8, "addresses = ['10.2.0.1/24', '2001:db8:1::/64', '10.4.0.5/30', '10.4.0.6/30']");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, Ipv6NeedsItsMtu) {
  lines.insert(lines.begin() + 8, "mtu = 1279");
  EXPECT_EQ(fault(),
            "f:8: port 'server' has IPv6 address 2001:db8::1 but an mtu of 1279. Set mtu to 1280 or more (RFC 8200 "
            "5).\n");
  line(9, "mtu = 1280");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, MoreQueuesThanWorkers) {
  lines.insert(lines.begin() + 8, "queues = 2");
  EXPECT_EQ(fault(), "f:9: port 'server' has 2 queues for 1 workers. Set queues to at most workers in [runtime].\n");
}

TEST_F(ConfigTest, LinkLocalGatewaysAndTheirPort) {
  for (const char* l : {"[[route]]", "to = '::/0'", "via = 'fe80::1'"}) add(l);
  EXPECT_EQ(fault(), "") << "only one port has IPv6";
  EXPECT_EQ(read().runtime.settings.routes[0].port, "");
  line(4, "addresses = ['10.1.0.1/24', '2001:db8:1::1/64']");
  EXPECT_EQ(fault(), "f:18: gateway fe80::1 may be on any of 2 ports. Name the one with port = \"...\".\n");
  errors = Diagnostics("f");
  add("port = 'server'");
  EXPECT_EQ(read().runtime.settings.routes[0].port, "server");
  EXPECT_EQ(errors.to_string(), "");
  line(19, "port = 'x'");
  EXPECT_EQ(fault(), "f:19: unknown port 'x'. Use the name of a [[port]].\n");
  errors = Diagnostics("f");
  line(4, "addresses = ['10.1.0.1/24']");
  line(19, "port = 'client'");
  EXPECT_EQ(fault(), "f:19: gateway fe80::1 is not on port 'client'. Name the port whose network holds it.\n");
}

TEST_F(ConfigTest, MacsOfHosts) {
  lines.insert(lines.begin() + 8, "mac = '02:00:00:00:00:01'");
  EXPECT_EQ(fault(), "");
  for (const char* bad : {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00"}) {
    line(9, std::string("mac = '") + bad + "'");
    errors = Diagnostics("f");
    EXPECT_EQ(fault(), std::string("f:9: 'mac' in [[port]] is \"") + bad +
                           "\", which is not the MAC address of a host. Write for example mac = "
                           "\"02:00:00:00:00:01\".\n");
  }
}

TEST_F(ConfigTest, OneMacForTwoPorts) {
  lines.insert(lines.begin() + 8, "mac = '02:00:00:00:00:0a'");
  lines.insert(lines.begin() + 4, "mac = '02:00:00:00:00:0A'");
  EXPECT_EQ(fault(), "f:10: mac 02:00:00:00:00:0a is used twice, first in line 5. Give each port a mac of its own.\n");
  line(10, "mac = '02:00:00:00:00:0b'");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, OneCaptureFileForTwoPorts) {
  lines.insert(lines.begin() + 8, "capture = '/tmp/x/../a.pcap.1'");
  lines.insert(lines.begin() + 4, "capture = '/tmp/a.pcap'\nqueues = 1");
  for (const char* l : {"[runtime]", "workers = 2"}) add(l);
  EXPECT_EQ(fault(), "") << "the second queue of the first port would have that file";
  line(5, "capture = '/tmp/a.pcap'\nqueues = 2");
  EXPECT_EQ(fault(),
            "f:11: port 'server' records into /tmp/a.pcap.1, as does the port of line 5. Give each port a file of its "
            "own.\n");
  line(5, "capture = '/tmp/a.pcap.1'\nqueues = 2");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(),
            "f:11: port 'server' records into /tmp/a.pcap.1, as does the port of line 5. Give each port a file of its "
            "own.\n");
}

TEST_F(ConfigTest, PacketsForTheRings) {
  line(3, "device = 'net_tap0'\nqueues = 2");
  line(7, "device = 'net_tap1'\nqueues = 2");
  for (const char* l : {"[runtime]", "workers = 2", "[limits]", "packets = 6826"}) add(l);
  EXPECT_EQ(fault(),
            "f:21: 6826 packets are too few for the RX rings of all queues. Set packets to 6827 or more, or leave it "
            "out.\n");
  line(19, "packets = 6827");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
  line(19, "");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, DuplicateAddressDetection) {
  EXPECT_EQ(read().runtime.settings.ports[0].dad_transmits, 1);
  lines.insert(lines.begin() + 8, "dad_transmits = 0");
  EXPECT_EQ(read().runtime.settings.ports[1].dad_transmits, 0);
  EXPECT_EQ(errors.to_string(), "");
  line(9, "dad_transmits = 11");
  EXPECT_NE(fault().find("'dad_transmits'"), std::string::npos);
}

TEST_F(ConfigTest, PortRange) {
  const auto words = [](const char* value) {
    return std::string("f:17: 'port_range' in [tcp] is \"") + value +
           "\", which is not a range of ports within 1024-65535, the lower one first. Write for example port_range = "
           "\"32768-60999\".\n";
  };
  add("[tcp]");
  add("");
  for (const char* good : {"1024-65535", "5000-5000", "65535-65535"}) {
    line(17, std::string("port_range = '") + good + "'");
    errors = Diagnostics("f");
    EXPECT_EQ(fault(), "") << good;
  }
  for (const char* bad : {"1023-2000", "2000-1999", "1024-65536", "2000", "2000-", "-2000", "2000-3000-", "a-b", ""}) {
    line(17, std::string("port_range = '") + bad + "'");
    errors = Diagnostics("f");
    EXPECT_EQ(fault(), words(bad)) << bad;
  }
}

TEST_F(ConfigTest, GatewaysOutOfReach) {
  for (const char* l : {"[[route]]", "to = '10.9.0.0/16'", "via = '10.3.0.254'",  //
                        "[[route]]", "to = '10.9.0.0/16'", "via = '10.2.0.254'",  //
                        "[[route]]", "to = '10.8.0.0/16'", "via = '10.2.0.1'",    //
                        "[[route]]", "to = '10.7.0.0/16'", "via = '2001:db8::2'"})
    add(l);
  EXPECT_EQ(fault(),
            "f:18: gateway 10.3.0.254 is on no port's network. Use a gateway inside a network of 'addresses', or "
            "correct the length there.\n"
            "f:20: a route to 10.9.0.0/16 is given twice, first in line 17. Keep one of them.\n"
            "f:24: gateway 10.2.0.1 is one of our own addresses. Use the next router's address.\n"
            "f:27: the route to 10.7.0.0/16 leads via 2001:db8::2 of the other IP version. Use a gateway of the same "
            "version.\n");
}

TEST_F(ConfigTest, ABadRouteIsNoRoute) {
  for (const char* l : {"[[route]]", "to = 'x'", "via = '10.2.0.254'", "[[route]]", "to = '10.9.0.0/16'", "via = ''"})
    add(l);
  EXPECT_TRUE(read().runtime.settings.routes.empty());
  EXPECT_EQ(errors.to_string(),
            "f:17: 'to' in [[route]] is \"x\", which is not a network with a length. Write for example to = "
            "\"0.0.0.0/0\".\n"
            "f:21: 'via' in [[route]] is \"\", which is not an address. Write for example via = \"10.1.0.254\".\n");
}

}  // namespace
}  // namespace millrace::config
