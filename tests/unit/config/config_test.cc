// What a good configuration means, and words, types and keys that are wrong, with exact lines.
#include "config_bed.h"

#include <fstream>

namespace millrace::config {
namespace {

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
  EXPECT_EQ(s.tcp.congestion_control, cc::Algorithm::Cubic);
  EXPECT_FALSE(s.tcp.pacing);
  EXPECT_EQ(s.tcp.ecn, api::EcnPolicy::Passive);
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
  EXPECT_EQ(listen.fast_open, 0u) << "off";
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
  EXPECT_EQ(config.proxy.receive_buffer, 0u);
  EXPECT_EQ(config.proxy.send_buffer, 0u);
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
congestion_control = "newreno"
pacing = false
ecn = "accurate"
[[listener]]
address = "0.0.0.0"
port = 8443
upstream = "b"
syn_cookies = "always"
cookie_watermark = 50
backlog = 333
fast_open = 12
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
pacing = true
ecn = "off"
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
receive_buffer_initial = "32KiB"
receive_buffer_max = "1MiB"
send_buffer_initial = "48KiB"
send_buffer_max = "2MiB"
receive_budget = "5GiB"
send_budget = "3MiB"
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
congestion_control = "newreno"
pacing = true
ecn = "classic"
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
  EXPECT_EQ(s.tcp.congestion_control, cc::Algorithm::NewReno);
  EXPECT_TRUE(s.tcp.pacing);
  EXPECT_EQ(s.tcp.ecn, api::EcnPolicy::Classic);
  EXPECT_EQ(s.tcp.buffers.receive_initial, 32u << 10);
  EXPECT_EQ(s.tcp.buffers.receive_max, 1u << 20);
  EXPECT_EQ(s.tcp.buffers.send_initial, 48u << 10);
  EXPECT_EQ(s.tcp.buffers.send_max, 2u << 20);
  EXPECT_EQ(s.tcp.buffers.receive_budget, std::uint64_t{5} << 30);
  EXPECT_EQ(s.tcp.buffers.send_budget, 3u << 20);
  EXPECT_EQ(s.tcp.port_range, (flow::PortRange{1024, 65535}));
  const proxy::ProxySettings& p = config.proxy;
  const api::ListenOptions& listen = p.listeners[0].options;
  EXPECT_EQ(listen.syn_cookies, api::SynCookies::Always);
  EXPECT_EQ(listen.cookie_watermark, 50);
  EXPECT_EQ(listen.half_open_limit, 333u);
  EXPECT_EQ(listen.max_connections, 4u) << "of each of two workers";
  EXPECT_EQ(listen.when_full, api::Verdict::Reject);
  EXPECT_EQ(listen.mss_clamp, 1360);
  EXPECT_EQ(listen.fast_open, 12u) << "of each worker";
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
  EXPECT_EQ(p.listeners[0].options.congestion_control, std::nullopt);
  EXPECT_EQ(p.listeners[0].options.pacing, true);
  EXPECT_EQ(p.upstreams[0].options.pacing, std::nullopt);
  EXPECT_EQ(p.upstreams[1].options.congestion_control, cc::Algorithm::NewReno);
  EXPECT_EQ(p.upstreams[1].options.pacing, false);
  EXPECT_EQ(p.listeners[0].options.ecn, api::EcnPolicy::Off);
  EXPECT_EQ(p.upstreams[0].options.ecn, std::nullopt);
  EXPECT_EQ(p.upstreams[1].options.ecn, api::EcnPolicy::Accurate);
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

}  // namespace
}  // namespace millrace::config
