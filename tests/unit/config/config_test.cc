// Each error of a configuration with its exact line and words, and what a good file means.
#include <gtest/gtest.h>

#include <fstream>

#include "config_file.h"
#include "memory_check.h"
#include "proxy_config.h"

namespace millrace::config {
namespace {

/// A good file; tests change lines of it. Line numbers count from 1.
const std::vector<std::string> kGood = {
    /* 1 */ "[[port]]",
    /* 2 */ "name = 'client'",
    /* 3 */ "device = 'net_tap0'",
    /* 4 */ "addresses = ['10.1.0.1/24']",
    /* 5 */ "[[port]]",
    /* 6 */ "name = 'server'",
    /* 7 */ "device = 'net_tap1'",
    /* 8 */ "addresses = ['10.2.0.1/24', '2001:db8::1/64']",
    /* 9 */ "[[listener]]",
    /* 10 */ "address = '10.1.0.1'",
    /* 11 */ "port = 80",
    /* 12 */ "upstream = 'web'",
    /* 13 */ "[[upstream]]",
    /* 14 */ "name = 'web'",
    /* 15 */ "servers = ['10.2.0.2:8080']",
};

class ConfigTest : public ::testing::Test {
 protected:
  void line(std::size_t number, std::string text) { lines.at(number - 1) = std::move(text); }
  void add(std::string text) { lines.push_back(std::move(text)); }
  ProxyConfig read() {
    std::string text;
    for (const std::string& l : lines) text += l + "\n";
    return read_proxy_config(text, errors);
  }
  std::string fault() {
    read();
    return errors.to_string();
  }
  std::vector<std::string> lines = kGood;
  Diagnostics errors{"f"};
};

TEST_F(ConfigTest, DefaultsOfAShortFile) {
  const ProxyConfig config = read();
  ASSERT_EQ(errors.to_string(), "");
  const stack::RuntimeSettings& s = config.runtime.settings;
  const stack::RuntimeSettings defaults;
  EXPECT_EQ(s.workers, 1);
  EXPECT_EQ(s.hugepages, stack::Hugepages::Auto);
  EXPECT_EQ(s.idle, stack::IdlePolicy::Adaptive);
  EXPECT_EQ(s.file_prefix, "millrace");
  EXPECT_EQ(s.connections, 2u * 100'000 + 1) << "two legs per client, one health check per server";
  EXPECT_EQ(s.time_waits, defaults.time_waits);
  EXPECT_EQ(s.half_open, defaults.half_open);
  EXPECT_EQ(s.packets, 0u);
  EXPECT_EQ(config.runtime.limits_line, 1) << "as of any table that is not there";
  EXPECT_EQ(s.tcp.msl, seconds{30});
  EXPECT_EQ(s.tcp.port_range, (flow::PortRange{32768, 60999}));
  ASSERT_EQ(s.ports.size(), 2u);
  EXPECT_EQ(s.ports[0].name, "client");
  EXPECT_EQ(s.ports[0].device, "net_tap0");
  EXPECT_EQ(s.ports[0].mtu, 1500);
  EXPECT_EQ(s.ports[0].vlan, 0);
  EXPECT_EQ(s.ports[0].queues, 1);
  EXPECT_EQ(s.ports[0].mac, std::nullopt);
  EXPECT_EQ(s.ports[0].capture, "");
  ASSERT_EQ(s.ports[1].addresses.size(), 2u);
  EXPECT_EQ(s.ports[1].addresses[1].to_string(), "2001:db8::1/64");
  EXPECT_TRUE(s.routes.empty());
  ASSERT_EQ(config.proxy.listeners.size(), 1u);
  EXPECT_EQ(config.proxy.listeners[0].address.port, 80);
  EXPECT_EQ(config.proxy.listeners[0].upstream, 0);
  const api::ListenOptions& listen = config.proxy.listeners[0].options;
  EXPECT_EQ(listen.syn_cookies, api::SynCookies::Auto);
  EXPECT_EQ(listen.cookie_watermark, 75);
  EXPECT_EQ(listen.half_open_limit, 1024u);
  EXPECT_EQ(listen.max_connections, 0u);
  EXPECT_EQ(listen.when_full, api::Verdict::Drop);
  EXPECT_EQ(listen.mss_clamp, 0);
  EXPECT_EQ(listen.access.verdict(wire::IpAddress::v4(1)), api::Verdict::Accept);
  ASSERT_EQ(config.proxy.upstreams.size(), 1u);
  EXPECT_EQ(config.proxy.upstreams[0].name, "web");
  EXPECT_EQ(config.proxy.upstreams[0].connect_timeout, seconds{3});
  EXPECT_EQ(config.proxy.upstreams[0].health_interval, seconds{2});
  EXPECT_EQ(config.proxy.upstreams[0].health_timeout, seconds{1});
  EXPECT_EQ(config.proxy.upstreams[0].fall, 3);
  EXPECT_EQ(config.proxy.upstreams[0].rise, 2);
  EXPECT_EQ(config.proxy.idle, minutes{5});
  EXPECT_EQ(config.proxy.drain, seconds{10});
  EXPECT_EQ(config.proxy.connections, 100'000u);
  EXPECT_EQ(config.proxy.receive_buffer, 256u << 10);
  EXPECT_EQ(config.proxy.send_buffer, 256u << 10);
}

TEST_F(ConfigTest, EveryKeyArrives) {
  const std::string text = R"(
[runtime]
workers = 2
hugepages = "off"
file_prefix = "mr-a_1"
idle = "spin"
[[port]]
name = "p"
device = "net_null0"
addresses = ["10.1.0.1/24"]
mtu = 9000
mac = "02:00:00:00:00:05"
vlan = 100
queues = 2
capture = "/tmp/x.pcap"
[[route]]
to = "0.0.0.0/0"
via = "10.1.0.254"
[[upstream]]
name = "a"
servers = ["192.0.2.1:1"]
[[upstream]]
name = "b"
servers = ["192.0.2.2:2", "192.0.2.3:3"]
source = ["10.1.0.1"]
connect_timeout = "4s"
health_interval = "5s"
health_timeout = "600ms"
fall = 7
rise = 8
dscp = 10
hop_limit = 20
[[listener]]
address = "0.0.0.0"
port = 8443
upstream = "b"
syn_cookies = "always"
cookie_watermark = 50
backlog = 333
max_connections = 7
when_full = "reject"
mss = 1360
policy = "drop"
accept = ["10.0.0.0/8", "2001:db8::/32"]
reject = ["10.9.0.0/16"]
drop = ["10.0.0.66/32"]
dscp = 63
hop_limit = 9
user_timeout = "70s"
keepalive = "3h"
keepalive_interval = "5s"
keepalive_count = 2
[timeouts]
idle = "9m"
drain = "11s"
[limits]
connections = 1000
time_waits = 2000
half_open = 3000
orphans = 4000
packets = 5000
receive_buffer = "64KiB"
send_buffer = "128KiB"
[telemetry]
closed_ring = 77
[tcp]
msl = "1s"
min_rto = "20ms"
connect_timeout = "30s"
user_timeout = "40s"
fin_wait_2_timeout = "50s"
delayed_ack = "0s"
hop_limit = 255
half_open_timeout = "9s"
syn_ack_retries = 2
r1 = 4
syn_retries = 6
port_range = "1024-65535"
)";
  const ProxyConfig config = read_proxy_config(text, errors);
  ASSERT_EQ(errors.to_string(), "");
  const stack::RuntimeSettings& s = config.runtime.settings;
  EXPECT_EQ(s.workers, 2);
  EXPECT_EQ(s.hugepages, stack::Hugepages::Off);
  EXPECT_EQ(s.file_prefix, "mr-a_1");
  EXPECT_EQ(s.idle, stack::IdlePolicy::Spin);
  ASSERT_EQ(s.ports.size(), 1u);
  EXPECT_EQ(s.ports[0].mtu, 9000);
  EXPECT_EQ(s.ports[0].mac->to_string(), "02:00:00:00:00:05");
  EXPECT_EQ(s.ports[0].vlan, 100);
  EXPECT_EQ(s.ports[0].queues, 2);
  EXPECT_EQ(s.ports[0].capture, "/tmp/x.pcap");
  ASSERT_EQ(s.routes.size(), 1u);
  EXPECT_EQ(s.routes[0].to.to_string(), "0.0.0.0/0");
  EXPECT_EQ(s.routes[0].via.to_string(), "10.1.0.254");
  EXPECT_EQ(s.connections, 2u * (2 * 563 + 3)) << "of each worker 1000 / 2 + 1 clients and an eighth, and three checks";
  EXPECT_EQ(s.time_waits, 2000u);
  EXPECT_EQ(s.half_open, 3000u);
  EXPECT_EQ(s.orphans, 4000u);
  EXPECT_EQ(s.packets, 5000u);
  EXPECT_EQ(s.closed_ring, 77u);
  EXPECT_EQ(s.tcp.msl, seconds{1});
  EXPECT_EQ(s.tcp.min_rto, milliseconds{20});
  EXPECT_EQ(s.tcp.connect_timeout, seconds{30});
  EXPECT_EQ(s.tcp.user_timeout, seconds{40});
  EXPECT_EQ(s.tcp.fin_wait_2_timeout, seconds{50});
  EXPECT_EQ(s.tcp.delayed_ack, Duration{0});
  EXPECT_EQ(s.tcp.hop_limit, 255);
  EXPECT_EQ(s.tcp.half_open_timeout, seconds{9});
  EXPECT_EQ(s.tcp.syn_ack_retries, 2);
  EXPECT_EQ(s.tcp.r1, 4);
  EXPECT_EQ(s.tcp.syn_retries, 6);
  EXPECT_EQ(s.tcp.port_range, (flow::PortRange{1024, 65535}));
  const proxy::ProxySettings& p = config.proxy;
  const api::ListenOptions& listen = p.listeners[0].options;
  EXPECT_EQ(listen.syn_cookies, api::SynCookies::Always);
  EXPECT_EQ(listen.cookie_watermark, 50);
  EXPECT_EQ(listen.half_open_limit, 333u);
  EXPECT_EQ(listen.max_connections, 4u) << "of each of two workers";
  EXPECT_EQ(listen.when_full, api::Verdict::Reject);
  EXPECT_EQ(listen.mss_clamp, 1360);
  const auto verdict = [&](const char* peer) { return listen.access.verdict(wire::IpAddress::parse(peer).value()); };
  EXPECT_EQ(verdict("10.0.0.1"), api::Verdict::Accept);
  EXPECT_EQ(verdict("2001:db8::1"), api::Verdict::Accept);
  EXPECT_EQ(verdict("10.9.0.1"), api::Verdict::Reject);
  EXPECT_EQ(verdict("10.0.0.66"), api::Verdict::Drop);
  EXPECT_EQ(verdict("192.0.2.1"), api::Verdict::Drop);
  EXPECT_EQ(p.listeners[0].upstream, 1);
  EXPECT_EQ(p.listeners[0].address.port, 8443);
  EXPECT_EQ(p.listeners[0].options.dscp, 63);
  EXPECT_EQ(p.listeners[0].options.hop_limit, 9);
  EXPECT_EQ(p.listeners[0].options.user_timeout, seconds{70});
  EXPECT_TRUE(p.listeners[0].options.keepalive.on);
  EXPECT_EQ(p.listeners[0].options.keepalive.idle, hours{3});
  EXPECT_EQ(p.listeners[0].options.keepalive.interval, seconds{5});
  EXPECT_EQ(p.listeners[0].options.keepalive.count, 2);
  EXPECT_EQ(p.upstreams[1].options.dscp, 10);
  EXPECT_EQ(p.upstreams[1].options.hop_limit, 20);
  EXPECT_FALSE(p.upstreams[1].options.keepalive.on);
  EXPECT_EQ(p.upstreams[1].servers.size(), 2u);
  EXPECT_EQ(p.upstreams[1].sources, std::vector{wire::IpAddress::v4(0x0a010001)});
  EXPECT_EQ(p.upstreams[1].connect_timeout, seconds{4});
  EXPECT_EQ(p.upstreams[1].health_interval, seconds{5});
  EXPECT_EQ(p.upstreams[1].health_timeout, milliseconds{600});
  EXPECT_EQ(p.upstreams[1].fall, 7);
  EXPECT_EQ(p.upstreams[1].rise, 8);
  EXPECT_EQ(p.idle, minutes{9});
  EXPECT_EQ(p.drain, seconds{11});
  EXPECT_EQ(p.connections, 1000u);
  EXPECT_EQ(p.receive_buffer, 64u << 10);
  EXPECT_EQ(p.send_buffer, 128u << 10);
}

TEST_F(ConfigTest, SyntaxError) {
  line(11, "port = = 80");
  const std::string text = fault();
  EXPECT_EQ(text.substr(0, 5), "f:11:") << text;
  EXPECT_NE(text.find(". Correct the TOML syntax there; the rest was not read.\n"), std::string::npos) << text;
}

TEST_F(ConfigTest, UnknownKeyWithAHint) {
  line(11, "prot = 80");
  EXPECT_EQ(fault(),
            "f:9: [[listener]] has no 'port'. Write for example port = 80.\n"
            "f:11: unknown key 'prot' in [[listener]]. Did you mean 'port'?\n");
}

TEST_F(ConfigTest, UnknownKeyWithoutAHint) {
  add("[timeouts]");
  add("colour = 'red'");
  EXPECT_EQ(fault(), "f:17: unknown key 'colour' in [timeouts]. Known keys: idle, drain.\n");
}

TEST_F(ConfigTest, UnknownTable) {
  add("[limit]");
  EXPECT_EQ(fault(), "f:16: unknown key 'limit'. Did you mean 'limits'?\n");
}

TEST_F(ConfigTest, WrongTypes) {
  line(2, "name = 7");
  line(4, "addresses = '10.1.0.1/24'");
  line(8, "addresses = ['10.2.0.1/24', 5]");
  line(11, "port = '80'");
  add("[timeouts]");
  add("idle = 5.5");
  add("drain = true");
  EXPECT_EQ(
      fault(),
      "f:2: 'name' in [[port]] must be a text, not a whole number. Write for example name = \"client\".\n"
      "f:4: 'addresses' in [[port]] must be a list of texts, not a text. Write for example addresses = "
      "[\"10.1.0.1/24\"].\n"
      "f:8: 'addresses' in [[port]] must be a list of texts, not a whole number. Write for example addresses = "
      "[\"10.1.0.1/24\"].\n"
      "f:10: listener address 10.1.0.1 is not on any port. Use an address of a [[port]], \"0.0.0.0\" for all of "
      "IPv4, or \"::\" for all.\n"
      "f:11: 'port' in [[listener]] must be a whole number, not a text. Write for example port = 80.\n"
      "f:17: 'idle' in [timeouts] must be a text, not a number with a fraction. Write for example idle = \"5m\".\n"
      "f:18: 'drain' in [timeouts] must be a text, not true or false. Write for example drain = \"10s\".\n");
}

TEST_F(ConfigTest, MoreWrongTypes) {
  line(3, "device = {}");
  line(7, "device = 1979-05-27");
  line(14, "name = []");
  EXPECT_EQ(fault(),
            "f:3: 'device' in [[port]] must be a text, not a table. Write for example device = \"0000:3b:00.0\".\n"
            "f:7: 'device' in [[port]] must be a text, not a date or time. Write for example device = "
            "\"0000:3b:00.0\".\n"
            "f:12: unknown upstream 'web'. Add an [[upstream]] of that name.\n"
            "f:14: 'name' in [[upstream]] must be a text, not a list. Write for example name = \"web\".\n");
}

TEST_F(ConfigTest, TablesOfTheWrongShape) {
  lines = {"runtime = 5", "port = 'x'", "listener = [1]"};
  EXPECT_EQ(fault(),
            "f:1: 'runtime' must be a table, not a whole number. Write [runtime].\n"
            "f:1: there is no [[port]]. Add one with name, device and addresses.\n"
            "f:1: there is no [[listener]]. Add one with address, port and upstream.\n"
            "f:2: 'port' must be a list of tables, not a text. Write [[port]].\n"
            "f:3: 'listener' must be a list of tables, not a list. Write [[listener]].\n");
}

TEST_F(ConfigTest, MissingKeys) {
  lines = {"[[port]]", "[[listener]]", "[[upstream]]", "[[route]]"};
  EXPECT_EQ(fault(),
            "f:1: [[port]] has no 'name'. Write for example name = \"client\".\n"
            "f:1: [[port]] has no 'device'. Write for example device = \"0000:3b:00.0\".\n"
            "f:1: [[port]] has no 'addresses'. Write for example addresses = [\"10.1.0.1/24\"].\n"
            "f:2: [[listener]] has no 'port'. Write for example port = 80.\n"
            "f:2: [[listener]] has no 'upstream'. Write for example upstream = \"web\".\n"
            "f:3: [[upstream]] has no 'name'. Write for example name = \"web\".\n"
            "f:3: [[upstream]] has no 'servers'. Write for example servers = [\"10.2.0.2:8080\"].\n"
            "f:4: [[route]] has no 'to'. Write for example to = \"0.0.0.0/0\".\n"
            "f:4: [[route]] has no 'via'. Write for example via = \"10.1.0.254\".\n");
}

TEST_F(ConfigTest, BadValues) {
  line(2, "name = ''");
  line(3, "device = ''");
  line(4, "addresses = ['10.1.0.1']");
  line(10, "address = '10.1.0'");
  line(15, "servers = ['10.2.0.2:8080', '10.2.0.3']");
  add("connect_timeout = '3x'");
  EXPECT_EQ(fault(),
            "f:2: 'name' in [[port]] is \"\", which is not a name. Write for example name = \"client\".\n"
            "f:3: 'device' in [[port]] is \"\", which is not a DPDK device. Write for example device = "
            "\"0000:3b:00.0\".\n"
            "f:4: 'addresses' in [[port]] has \"10.1.0.1\", which is not an address with a length. Write for example "
            "addresses = [\"10.1.0.1/24\"].\n"
            "f:10: 'address' in [[listener]] is \"10.1.0\", which is not an address. Write for example address = "
            "\"10.1.0.1\".\n"
            "f:15: 'servers' in [[upstream]] has \"10.2.0.3\", which is not an address with a port. Write for example "
            "servers = [\"10.2.0.2:8080\"].\n"
            "f:16: 'connect_timeout' in [[upstream]] is \"3x\", which is not a duration (us, ms, s, m, h). Write for "
            "example connect_timeout = \"3s\".\n");
}

TEST_F(ConfigTest, BadWordsInRuntime) {
  add("[runtime]");
  add("hugepages = 'maybe'");
  add("file_prefix = '../x'");
  add("idle = 'lazy'");
  EXPECT_EQ(fault(),
            "f:17: 'hugepages' in [runtime] is \"maybe\", which is not one of auto, on, off. Write for example "
            "hugepages = \"auto\".\n"
            "f:18: 'file_prefix' in [runtime] is \"../x\", which is not a name of letters, digits, - and _. Write for "
            "example file_prefix = \"millrace\".\n"
            "f:19: 'idle' in [runtime] is \"lazy\", which is not one of adaptive, spin. Write for example idle = "
            "\"adaptive\".\n");
}

TEST_F(ConfigTest, WordsInRuntime) {
  add("[runtime]");
  add("hugepages = 'on'");
  add("file_prefix = '" + std::string(64, 'x') + "'");
  add("idle = 'adaptive'");
  EXPECT_EQ(read().runtime.settings.hugepages, stack::Hugepages::On);
  EXPECT_EQ(errors.to_string(), "");
  line(17, "hugepages = 'auto'");
  line(18, "file_prefix = '" + std::string(65, 'x') + "'");
  EXPECT_EQ(read().runtime.settings.hugepages, stack::Hugepages::Auto);
  ASSERT_EQ(errors.list().size(), 1u);
  EXPECT_EQ(errors.list()[0].line, 18);
}

/// A key, its bounds, and values just inside and just outside.
struct Bounds {
  const char* table;
  const char* key;
  const char* lowest;
  const char* below;
  const char* highest;
  const char* above;
};

class BoundsTest : public ConfigTest, public ::testing::WithParamInterface<Bounds> {};

TEST_P(BoundsTest, AreExact) {
  const Bounds& b = GetParam();
  // Keys of [[port]], [[listener]] and [[upstream]] go into the last table of that kind.
  const std::string table = b.table;
  const std::size_t at = table == "[[port]]" ? 8 : table == "[[listener]]" ? 12 : lines.size();
  if (table[1] != '[') lines.push_back(table);
  const auto with = [&](const char* value) {
    Diagnostics found("f");
    std::vector<std::string> text_lines = lines;
    const std::string entry = std::string(b.key) + " = " + value;
    text_lines.insert(text_lines.begin() + static_cast<std::ptrdiff_t>(table[1] != '[' ? lines.size() : at), entry);
    std::string text;
    for (const std::string& l : text_lines) text += l + "\n";
    (void)read_proxy_config(text, found);
    std::size_t ranges = 0;
    for (const Diagnostic& d : found.list())
      if (d.cause.find(std::string("'") + b.key + "'") == 0 && d.cause.find("not between") != std::string::npos)
        ++ranges;
    return ranges;
  };
  if (b.below != nullptr) {
    EXPECT_EQ(with(b.below), 1u) << b.key << " = " << b.below;
  }
  EXPECT_EQ(with(b.lowest), 0u) << b.key << " = " << b.lowest;
  EXPECT_EQ(with(b.highest), 0u) << b.key << " = " << b.highest;
  EXPECT_EQ(with(b.above), 1u) << b.key << " = " << b.above;
}

INSTANTIATE_TEST_SUITE_P(
    All, BoundsTest,
    ::testing::Values(
        Bounds{"[runtime]", "workers", "1", "0", "128", "129"}, Bounds{"[[port]]", "mtu", "576", "575", "9000", "9001"},
        Bounds{"[[port]]", "vlan", "0", "-1", "4094", "4095"}, Bounds{"[[port]]", "queues", "1", "0", "128", "129"},
        Bounds{"[limits]", "connections", "1", "0", "50000000", "50000001"},
        Bounds{"[limits]", "time_waits", "1", "0", "50000000", "50000001"},
        Bounds{"[limits]", "half_open", "1", "0", "50000000", "50000001"},
        Bounds{"[limits]", "packets", "4096", "4095", "50000000", "50000001"},
        Bounds{"[limits]", "receive_buffer", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[limits]", "send_buffer", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[telemetry]", "closed_ring", "0", "-1", "1000000", "1000001"},
        Bounds{"[tcp]", "msl", "'0s'", nullptr, "'10m'", "'601s'"},
        Bounds{"[tcp]", "min_rto", "'1ms'", "'999us'", "'60s'", "'60001ms'"},
        Bounds{"[tcp]", "connect_timeout", "'1s'", "'999ms'", "'1h'", "'3601s'"},
        Bounds{"[tcp]", "user_timeout", "'1s'", "'999ms'", "'24h'", "'86401s'"},
        Bounds{"[tcp]", "fin_wait_2_timeout", "'1s'", "'999ms'", "'1h'", "'3601s'"},
        Bounds{"[tcp]", "delayed_ack", "'0s'", nullptr, "'499ms'", "'500ms'"},
        Bounds{"[tcp]", "hop_limit", "1", "0", "255", "256"},
        Bounds{"[tcp]", "half_open_timeout", "'100ms'", "'99ms'", "'10m'", "'601s'"},
        Bounds{"[tcp]", "syn_ack_retries", "0", "-1", "10", "11"},
        Bounds{"[[listener]]", "cookie_watermark", "0", "-1", "100", "101"},
        Bounds{"[[listener]]", "backlog", "1", "0", "50000000", "50000001"},
        Bounds{"[[listener]]", "max_connections", "1", "0", "50000000", "50000001"},
        Bounds{"[[listener]]", "mss", "88", "87", "8960", "8961"}, Bounds{"[tcp]", "r1", "3", "2", "15", "16"},
        Bounds{"[tcp]", "syn_retries", "0", "-1", "20", "21"},
        Bounds{"[limits]", "orphans", "0", "-1", "50000000", "50000001"},
        Bounds{"[[upstream]]", "dscp", "0", "-1", "63", "64"},
        Bounds{"[[upstream]]", "hop_limit", "1", "0", "255", "256"},
        Bounds{"[[upstream]]", "user_timeout", "'1s'", "'999ms'", "'24h'", "'86401s'"},
        Bounds{"[[upstream]]", "keepalive", "'0s'", nullptr, "'8h'", "'28801s'"},
        Bounds{"[[upstream]]", "keepalive_interval", "'1s'", "'999ms'", "'1h'", "'3601s'"},
        Bounds{"[[upstream]]", "keepalive_count", "2", "1", "255", "256"},
        Bounds{"[timeouts]", "idle", "'0s'", nullptr, "'24h'", "'86401s'"},
        Bounds{"[timeouts]", "drain", "'0s'", nullptr, "'24h'", "'86401s'"},
        Bounds{"[[upstream]]", "connect_timeout", "'1ms'", "'999us'", "'3m'", "'181s'"},
        Bounds{"[[upstream]]", "health_interval", "'0s'", nullptr, "'1h'", "'3601s'"},
        Bounds{"[[upstream]]", "health_timeout", "'1ms'", "'999us'", "'1h'", "'3601s'"},
        Bounds{"[[upstream]]", "fall", "1", "0", "255", "256"},
        Bounds{"[[upstream]]", "rise", "1", "0", "255", "256"}));

TEST_F(ConfigTest, OutOfRange) {
  line(11, "port = 65536");
  add("[limits]");
  add("receive_buffer = '1KiB'");
  add("[tcp]");
  add("delayed_ack = '500ms'");
  EXPECT_EQ(fault(),
            "f:11: 'port' in [[listener]] is 65536, which is not between 1 and 65535. Write for example port = 80.\n"
            "f:17: 'receive_buffer' in [limits] is 1024, which is not between 4096 and 1073741824. Write for example "
            "receive_buffer = \"256KiB\".\n"
            "f:19: 'delayed_ack' in [tcp] is 500ms, which is not between 0s and 499ms. Write for example delayed_ack = "
            "\"40ms\".\n");
}

TEST_F(ConfigTest, ListenerWords) {
  line(12, "upstream = 'web'\nsyn_cookies = 'never'\npolicy = 'allow'\nwhen_full = 'accept'");
  EXPECT_EQ(fault(),
            "f:13: 'syn_cookies' in [[listener]] is \"never\", which is not one of cache, auto, always. Write for "
            "example syn_cookies = \"auto\".\n"
            "f:14: 'policy' in [[listener]] is \"allow\", which is not one of accept, reject, drop. Write for example "
            "policy = \"accept\".\n"
            "f:15: 'when_full' in [[listener]] is \"accept\", which is not one of reject, drop. Write for example "
            "when_full = \"drop\".\n");
}

TEST_F(ConfigTest, ListenerNetworks) {
  line(12, "upstream = 'web'\naccept = ['10.0.0.0/8']\nreject = ['10.0.0.0']\ndrop = ['10.1.0.0/8']");
  EXPECT_EQ(fault(),
            "f:14: 'reject' in [[listener]] has \"10.0.0.0\", which is not a network with a length. Write for example "
            "reject = [\"192.0.2.0/24\"].\n"
            "f:15: 'drop' in [[listener]] has 10.1.0.0/8, which has a rule already or is one of too many. Name each "
            "network once in accept, reject and drop, at most 256 in all.\n");
}

TEST_F(ConfigTest, ListenerPortBounds) {
  for (const auto& [value, good] : {std::pair{"1", true}, {"65535", true}, {"0", false}, {"65536", false}}) {
    line(11, std::string("port = ") + value);
    errors = Diagnostics("f");
    EXPECT_EQ(fault().empty(), good) << value;
  }
}

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

TEST_F(ConfigTest, ListenerWithoutPort) {
  line(10, "address = '10.9.0.1'");
  EXPECT_EQ(fault(),
            "f:10: listener address 10.9.0.1 is not on any port. Use an address of a [[port]], \"0.0.0.0\" for all "
            "of IPv4, or \"::\" for all.\n");
  for (const char* own : {"10.2.0.1", "2001:db8::1", "0.0.0.0", "::"}) {
    line(10, std::string("address = '") + own + "'");
    errors = Diagnostics("f");
    EXPECT_EQ(fault(), "") << own;
  }
}

TEST_F(ConfigTest, ListenersOnEveryAddress) {
  line(10, "# no address");
  const ProxyConfig both = read();
  EXPECT_EQ(errors.to_string(), "");
  EXPECT_EQ(both.proxy.listeners[0].address, (api::Endpoint{wire::IpAddress{}, 80}));
  EXPECT_FALSE(both.proxy.listeners[0].options.v6only);
  line(10, "address = '::'");
  lines.insert(lines.begin() + 10, "v6only = true");
  EXPECT_TRUE(read().proxy.listeners[0].options.v6only);
  EXPECT_EQ(errors.to_string(), "");
  line(10, "address = '0.0.0.0'");
  EXPECT_EQ(fault(), "f:10: v6only says nothing about a listener on 0.0.0.0. Remove it, or listen on \"::\".\n");
}

TEST_F(ConfigTest, ListenersOfAVersionThatNoPortHas) {
  line(8, "addresses = ['10.2.0.1/24']");
  line(10, "address = '::'");
  EXPECT_EQ(fault(), "") << "IPv4 is taken too";
  lines.insert(lines.begin() + 10, "v6only = true");
  EXPECT_EQ(fault(),
            "f:10: a listener on ::, but no port has an IPv6 address. Give a [[port]] one, or listen on another "
            "address.\n");
  lines = kGood;
  errors = Diagnostics("f");
  line(4, "addresses = ['2001:db8:1::1/64']");
  line(8, "addresses = ['2001:db8::1/64']");
  line(10, "address = '0.0.0.0'");
  line(15, "servers = ['[2001:db8::9]:8080']");
  EXPECT_EQ(fault(),
            "f:10: a listener on 0.0.0.0, but no port has an IPv4 address. Give a [[port]] one, or listen on another "
            "address.\n");
}

TEST_F(ConfigTest, WildcardsThatMeet) {
  const auto second = [&](std::vector<std::string> more) {
    lines = kGood;
    errors = Diagnostics("f");
    line(10, "address = '::'");
    for (const std::string& l : more) add(l);
    return fault();
  };
  EXPECT_EQ(second({"[[listener]]", "address = '0.0.0.0'", "port = 80", "upstream = 'web'"}),
            "f:17: listener 0.0.0.0:80 is given twice, first in line 10. Keep one of them.\n");
  EXPECT_EQ(second({"[[listener]]", "address = '0.0.0.0'", "port = 81", "upstream = 'web'"}), "");
  EXPECT_EQ(second({"[[listener]]", "address = '::'", "v6only = true", "port = 80", "upstream = 'web'"}),
            "f:17: listener [::]:80 is given twice, first in line 10. Keep one of them.\n");
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

TEST_F(ConfigTest, LinkLocalServersAndTheirPort) {
  line(15, "servers = ['[fe80::9]:80']");
  EXPECT_EQ(fault(), "") << "only one port has IPv6";
  line(4, "addresses = ['10.1.0.1/24', 'fe80::1/64', '2001:db8:1::1/64']");
  line(8, "addresses = ['10.2.0.1/24', 'fe80::2/64', '2001:db8::1/64']");
  const auto with = [&](const char* source) {
    errors = Diagnostics("f");
    lines.resize(kGood.size());
    add(source);
    return fault();
  };
  for (const char* one : {"source = ['fe80::2']", "source = ['fe80::2', '2001:db8::1', '10.1.0.1']"})
    EXPECT_EQ(with(one), "") << one;
  for (const char* none :
       {"", "source = ['2001:db8::1']", "source = ['fe80::2', '2001:db8:1::1']", "source = ['fe80::1', 'fe80::2']"})
    EXPECT_EQ(
        with(none),
        "f:15: server [fe80::9]:80 may be on any of 2 ports. Name the link-local address of its port in 'source', "
        "and no IPv6 address of another port.\n")
        << none;
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

/// The stack divides its connections between the workers, and each share has room for what a worker's proxy takes.
TEST_F(ConfigTest, TablesHaveRoomForEveryWorkersClients) {
  EXPECT_EQ(worker_pairs(1000, 1), 1000u);
  EXPECT_EQ(worker_pairs(1000, 2), 501u + 62);
  EXPECT_EQ(worker_pairs(1, 128), 1u);
  line(15, "servers = ['10.2.0.2:1', '10.2.0.2:2']");
  for (const char* l : {"[limits]", "connections = 1000", "[runtime]", "workers = 1"}) add(l);
  for (const std::uint16_t workers : {1, 2, 3, 7, 128}) {
    line(19, "workers = " + std::to_string(workers));
    const ProxyConfig config = read();
    EXPECT_EQ(config.runtime.settings.connections, workers * (2 * worker_pairs(1000, workers) + 2)) << workers;
  }
  EXPECT_EQ(errors.to_string(), "");
}

TEST_F(ConfigTest, DuplicateAddressDetection) {
  EXPECT_EQ(read().runtime.settings.ports[0].dad_transmits, 1);
  lines.insert(lines.begin() + 8, "dad_transmits = 0");
  EXPECT_EQ(read().runtime.settings.ports[1].dad_transmits, 0);
  EXPECT_EQ(errors.to_string(), "");
  line(9, "dad_transmits = 11");
  EXPECT_NE(fault().find("'dad_transmits'"), std::string::npos);
}

TEST_F(ConfigTest, ServersOfAVersionThatNoPortHas) {
  line(8, "addresses = ['10.2.0.1/24']");
  line(15, "servers = ['[2001:db8::9]:80']");
  EXPECT_EQ(
      fault(),
      "f:15: server [2001:db8::9]:80 has an IPv6 address, but no port has one. Give a [[port]] an address of that "
      "version.\n");
}

TEST_F(ConfigTest, ListenerTwice) {
  for (const char* l : {"[[listener]]", "address = '10.1.0.1'", "port = 80", "upstream = 'web'"}) add(l);
  EXPECT_EQ(fault(), "f:17: listener 10.1.0.1:80 is given twice, first in line 10. Keep one of them.\n");
  line(18, "port = 81");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, UnknownUpstream) {
  line(12, "upstream = 'wbe2'");
  EXPECT_EQ(fault(), "f:12: unknown upstream 'wbe2'. Add an [[upstream]] of that name.\n");
  line(12, "upstream = 'wb'");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "f:12: unknown upstream 'wb'. Did you mean 'web'?\n");
}

TEST_F(ConfigTest, UpstreamTwice) {
  for (const char* l : {"[[upstream]]", "name = 'web'", "servers = ['10.2.0.3:1']"}) add(l);
  EXPECT_EQ(fault(), "f:17: upstream 'web' is given twice, first in line 14. Give each upstream a name of its own.\n");
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

TEST_F(ConfigTest, FewerSourcePortsThanWorkers) {
  for (const char* l : {"[runtime]", "workers = 3", "[tcp]", "port_range = '5000-5001'"}) add(l);
  EXPECT_EQ(fault(), "f:19: 2 source ports for 3 workers. Widen port_range: each worker needs ports of its own.\n");
  line(19, "port_range = '5000-5002'");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST_F(ConfigTest, SourceAddresses) {
  add("source = ['10.2.0.1', '2001:db8::1', '10.1.0.1']");
  EXPECT_EQ(read().proxy.upstreams[0].sources.size(), 3u);
  EXPECT_EQ(errors.to_string(), "");
  line(16, "source = ['10.2.0.1', '10.9.0.1', '10.2.0.1', 'x']");
  errors = Diagnostics("f");
  EXPECT_EQ(
      fault(),
      "f:16: source 10.2.0.1 is given twice in upstream 'web'. Keep one of them.\n"
      "f:16: 'source' in [[upstream]] has \"x\", which is not an address. Write for example source = "
      "[\"10.2.0.1\", \"10.2.0.3\"].\n"
      "f:16: source 10.9.0.1 of upstream 'web' is not on any port. Use addresses of a [[port]], or add it there.\n");
  line(16, "source = []");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(),
            "f:16: 'source' in [[upstream]] is empty. Write for example source = [\"10.2.0.1\", \"10.2.0.3\"].\n");
  line(16, "source = ['2001:db8::1']");
  errors = Diagnostics("f");
  EXPECT_EQ(
      fault(),
      "f:15: no source of upstream 'web' has the IP version of server 10.2.0.2:8080. Add one to 'source', or leave "
      "'source' out.\n");
}

TEST_F(ConfigTest, UpstreamWithoutServers) {
  line(15, "servers = []");
  EXPECT_EQ(fault(), "f:15: upstream 'web' has no servers. Write for example servers = [\"10.2.0.2:8080\"].\n");
}

TEST_F(ConfigTest, TooManyServers) {
  const auto servers = [](int n) {
    std::string text = "servers = [";
    for (int i = 1; i <= n; ++i) text += "'10.2.0.2:" + std::to_string(i) + "',";
    return text + "]";
  };
  line(15, servers(64));
  EXPECT_EQ(fault(), "");
  line(15, servers(65));
  EXPECT_EQ(fault(), "f:15: upstream 'web' has 65 servers, the most is 64. Split it into several upstreams.\n");
}

TEST_F(ConfigTest, ServerTwice) {
  line(15, "servers = ['10.2.0.2:1', '10.2.0.2:2', '10.2.0.2:1']");
  EXPECT_EQ(fault(), "f:15: server 10.2.0.2:1 is given twice in upstream 'web'. Keep one of them.\n");
}

TEST_F(ConfigTest, ServersOnTheirOwnLines) {
  line(15, "servers = [");
  add("'10.2.0.2:1',");
  add("'10.9.0.2:1',");
  add("]");
  EXPECT_EQ(fault(),
            "f:17: no route to server 10.9.0.2:1. Add a [[route]] that covers it, or a port with an address on its "
            "network.\n");
}

TEST_F(ConfigTest, RoutesLeadToServers) {
  line(15, "servers = ['10.9.0.2:1', '[2001:db8:9::1]:1', '[2001:db8::9]:1']");
  for (const char* l : {"[[route]]", "to = '10.9.0.0/16'", "via = '10.2.0.254'"}) add(l);
  EXPECT_EQ(fault(),
            "f:15: no route to server [2001:db8:9::1]:1. Add a [[route]] that covers it, or a port with an address on "
            "its network.\n");
}

TEST_F(ConfigTest, ServersThatAreNoServers) {
  line(15, "servers = ['10.1.0.1:1', '127.0.0.1:1', '224.0.0.1:1', '0.0.0.0:1']");
  const std::string next = " Use the server's own address.\n";
  EXPECT_EQ(fault(), "f:15: server 10.1.0.1:1 is one of our own addresses." + next +
                         "f:15: server 127.0.0.1:1 is not the address of one host on a network." + next +
                         "f:15: server 224.0.0.1:1 is not the address of one host on a network." + next +
                         "f:15: server 0.0.0.0:1 is not the address of one host on a network." + next);
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

TEST_F(ConfigTest, ChecksMustNotOverlap) {
  add("health_interval = '2s'");
  add("health_timeout = '2001ms'");
  EXPECT_EQ(fault(),
            "f:17: health_timeout 2001ms is longer than health_interval 2s. A check must end before the next one "
            "begins: lower health_timeout.\n");
  line(17, "health_timeout = '2s'");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
  line(16, "health_interval = '999ms'");
  line(17, "");
  EXPECT_EQ(fault(),
            "f:13: health_timeout 1s is longer than health_interval 999ms. A check must end before the next one "
            "begins: lower health_timeout.\n");
  line(16, "health_interval = '0s'");
  errors = Diagnostics("f");
  EXPECT_EQ(fault(), "");
}

TEST(ConfigFile, SaysWhyItCannotBeRead) {
  Diagnostics errors("nowhere.toml");
  EXPECT_EQ(read_file("/nonexistent/nowhere.toml", errors), std::nullopt);
  EXPECT_EQ(errors.to_string(),
            "nowhere.toml: cannot be read: No such file or directory. Check the path given with -c.\n");
}

TEST(ConfigFile, IsReadWhole) {
  const std::string path = ::testing::TempDir() + "millrace_config_test.toml";
  std::ofstream(path) << "a = 1\n\nb = 2\n";
  Diagnostics errors(path);
  EXPECT_EQ(read_file(path, errors), "a = 1\n\nb = 2\n");
  EXPECT_TRUE(errors.empty());
  std::remove(path.c_str());
}

TEST(ConfigFile, MayBeEmpty) {
  const std::string path = ::testing::TempDir() + "millrace_config_empty_test.toml";
  std::ofstream(path).flush();
  Diagnostics errors("e.toml");
  EXPECT_EQ(read_file(path, errors), "");
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(read_file(::testing::TempDir(), errors), std::nullopt);
  EXPECT_EQ(errors.to_string(), "e.toml: cannot be read: Is a directory. Check the path given with -c.\n");
  std::remove(path.c_str());
}

TEST(Memory, IsReadFromTheKernelsWords) {
  const auto available = [](const char* meminfo) { return free_memory(meminfo, {}).ordinary_bytes; };
  EXPECT_EQ(available("MemTotal:       4000000 kB\nMemAvailable:   3000000 kB\nMemAvailableX:  1 kB"), 3000000u * 1024);
  EXPECT_EQ(available("MemAvailable: 5"), 5u * 1024);
  for (const char* nothing : {"", "MemAvailable:", "MemAvailable:  \nMemFree: 1", "MemAvailable: x"})
    EXPECT_EQ(available(nothing), 0u) << nothing;
}

TEST(Memory, HugepagesAreThoseThatEalFinds) {
  const char* meminfo = "HugePages_Free:        4\nHugepagesize:       2048 kB";
  EXPECT_EQ(free_memory(meminfo, {.free_hugepage_mb = 0, .cpus = {}}).hugepage_bytes, 0u);
  EXPECT_EQ(free_memory("", {.free_hugepage_mb = 5000, .cpus = {}}).hugepage_bytes, std::uint64_t{5000} << 20);
}

TEST(Memory, OfTheTablesIsCheckedBesideGivenEalArguments) {
  RuntimeConfig config;
  config.settings.eal_arguments = {"-m", "64"};
  config.settings.hugepages = stack::Hugepages::On;
  config.settings.connections = 2048;
  config.settings.time_waits = 0;
  config.settings.half_open = 0;
  config.settings.closed_ring = 0;
  Diagnostics errors("f");
  check_memory(config, {0, 1u << 20}, errors);
  EXPECT_EQ(errors.to_string(), "");
  check_memory(config, {0, (1u << 20) - 1}, errors);
  EXPECT_EQ(
      errors.to_string(),
      "f:1: the tables of 2048 connections need 1 MiB of memory, 1 MiB are free. Lower connections in [limits], or "
      "free memory.\n");
}

TEST(Memory, ShortageIsAnErrorOfTheLimits) {
  RuntimeConfig config;
  config.settings.packets = 4096;
  config.settings.connections = 1000;
  config.settings.time_waits = 0;
  config.settings.half_open = 0;
  config.settings.hugepages = stack::Hugepages::On;
  config.limits_line = 9;
  // 4096 data packets and 512 + 8192 control packets: 10 MiB + 6.375 MiB, and EAL's own 64 MiB.
  Diagnostics errors("f");
  check_memory(config, {100u << 20, 1u << 20}, errors);
  EXPECT_EQ(errors.to_string(), "");
  check_memory(config, {80u << 20, 1u << 20}, errors);
  EXPECT_EQ(errors.to_string(),
            "f:9: 12800 packets and 1000 connections need 87 MiB of hugepages, 80 MiB are free. Reserve more (sysctl "
            "vm.nr_hugepages) with hugetlbfs mounted, lower connections in [limits], or set hugepages = \"off\".\n");
  errors = Diagnostics("f");
  config.settings.hugepages = stack::Hugepages::Off;
  config.limits_line = RuntimeConfig{}.limits_line;
  check_memory(config, {0, 81u << 20}, errors);
  EXPECT_EQ(errors.to_string(),
            "f:1: 12800 packets and 1000 connections need 88 MiB of memory, 81 MiB are free. Lower connections in "
            "[limits], or free memory.\n");
}

}  // namespace
}  // namespace millrace::config
