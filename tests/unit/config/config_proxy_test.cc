// Listeners, upstreams and servers that do not fit together or the ports.
#include "config_bed.h"
#include "values.h"

namespace millrace::config {
namespace {

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

// Whoever names an algorithm that there is not reads which there are.
TEST_F(ConfigTest, AlgorithmsOfCongestionControl) {
  for (std::size_t i = 0; i < cc::kAlgorithmNames.size(); ++i) {
    EXPECT_EQ(parse_algorithm(cc::kAlgorithmNames[i]), static_cast<cc::Algorithm>(i));
    EXPECT_NE(algorithm_choices().find(cc::kAlgorithmNames[i]), std::string::npos);
  }
  line(12, "upstream = 'web'\ncongestion_control = 'vegas'");
  add("[tcp]");
  add("congestion_control = 'Reno'");
  const std::string next = "which is not " + algorithm_choices() + ". Write for example congestion_control = ";
  const std::string all = fault();
  EXPECT_NE(all.find("f:13: 'congestion_control' in [[listener]] is \"vegas\", " + next), std::string::npos) << all;
  EXPECT_NE(all.find("'congestion_control' in [tcp] is \"Reno\", " + next), std::string::npos) << all;
}

TEST_F(ConfigTest, PoliciesOfEcn) {
  EXPECT_EQ(parse_ecn("off"), api::EcnPolicy::Off);
  EXPECT_EQ(parse_ecn("passive"), api::EcnPolicy::Passive);
  EXPECT_EQ(parse_ecn("classic"), api::EcnPolicy::Classic);
  EXPECT_EQ(parse_ecn("accurate"), api::EcnPolicy::Accurate);
  line(12, "upstream = 'web'\necn = 'on'");
  const std::string all = fault();
  EXPECT_NE(all.find("f:13: 'ecn' in [[listener]] is \"on\", which is not one of off, passive, classic, accurate."),
            std::string::npos)
      << all;
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

}  // namespace
}  // namespace millrace::config
