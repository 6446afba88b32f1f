// The command line, the plan that --check prints, and the numbers.
#include "report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "config_file.h"
#include "exit_code.h"
#include "fake_api.h"
#include "options.h"

namespace millrace::config {
namespace {

TEST(Options, AreTheProgramsOwn) {
  const ParsedOptions parsed = parse_options({"-c", "a.toml", "--check"});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->file, "a.toml");
  EXPECT_TRUE(parsed.options->check);
  EXPECT_TRUE(parsed.options->eal_arguments.empty());
  EXPECT_FALSE(parse_options({"-c", "a.toml"}).options->check);
}

TEST(Options, EalArgumentsStandInFront) {
  const ParsedOptions parsed = parse_options({"-l", "1", "--no-huge", "--", "-c", "a.toml"});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->file, "a.toml");
  EXPECT_EQ(parsed.options->eal_arguments, (std::vector<std::string>{"-l", "1", "--no-huge"}));
}

TEST(Options, WrongOnesEndTheProgram) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {}, {"--check"}, {"-c"}, {"-c", "a", "--chek"}, {"-c", "a", "b"}, {"-c", "a", "--"}}) {
    const ParsedOptions parsed = parse_options(wrong);
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.exit_code, kExitConfig);
  }
  const ParsedOptions help = parse_options({"--help"});
  EXPECT_FALSE(help.options);
  EXPECT_EQ(help.exit_code, kExitStopped);
  testing::internal::GetCapturedStderr();
  EXPECT_NE(testing::internal::GetCapturedStdout().find("--check"), std::string::npos);
}

ProxyConfig example() {
  Diagnostics errors("proxy.toml");
  const auto text = read_file(MILLRACE_CONFIG_DIR "/proxy.toml", errors);
  ProxyConfig config = read_proxy_config(text.value_or(""), errors);
  EXPECT_EQ(errors.to_string(), "") << "the example must be right";
  return config;
}

const io::Machine kMachine{.free_hugepage_mb = 0, .cpus = {2, 3}};

TEST(Plan, SaysWhatWouldBeDone) {
  ProxyConfig config = example();
  EXPECT_EQ(describe_plan(config, {}, kMachine),
            "workers     1\n"
            "EAL         --file-prefix mr-proxy -m 288 --no-huge --no-shconf --lcores 0@(2,3) --no-pci --log-level "
            "lib.eal:error --log-level lib.telemetry:error --log-level pmd.net.tap:error\n"
            "dumpcap     dpdk-dumpcap cannot attach: it shares hugepages, and this configuration runs without; use "
            "millrace-dump\n"
            "packets     54608 data, 12800 control: 224 MiB of ordinary memory\n"
            "tables      221 MiB for 200002 connections, 200000 in TIME-WAIT, 16384 half-open\n"
            "port        client: net_tap0,iface=mrp0 mtu 1500 queues 1 10.1.0.1/24\n"
            "port        server: net_tap1,iface=mrp1 mtu 1500 queues 1 10.2.0.1/24\n"
            "route       0.0.0.0/0 via 10.1.0.254\n"
            "listener    10.1.0.1:80 -> web\n"
            "upstream    web: 10.2.0.2:8080 10.2.0.3:8080, connect 3s, check every 2s within 1s, fall 3, rise 2\n"
            "limits      100000 client connections, idle 5m, drain 10s\n");
}

TEST(Plan, SaysWhatWasChosenOtherwise) {
  ProxyConfig config = example();
  config.runtime.settings.eal_arguments = {"-l", "1"};
  config.runtime.settings.hugepages = stack::Hugepages::On;
  config.runtime.settings.ports[0].vlan = 5;
  config.runtime.settings.ports[0].mac = wire::MacAddress{{2, 0, 0, 0, 0, 1}};
  config.runtime.settings.ports[0].capture = "/tmp/x";
  config.proxy.upstreams[0].health_interval = Duration{0};
  config.proxy.upstreams[0].sources = {wire::IpAddress::v4(0x0a020001), wire::IpAddress::v4(0x0a020003)};
  config.proxy.idle = Duration{0};
  const std::string plan = describe_plan(config, {}, kMachine);
  for (const char* part : {"EAL         -l 1 (as given)\n", " of hugepages\n",
                           " queues 1 vlan 5 mac 02:00:00:00:00:01 10.1.0.1/24 capture /tmp/x\n",
                           ", from 10.2.0.1 or 10.2.0.3, connect 3s, no checks\n", "idle never, drain 10s\n"})
    EXPECT_NE(plan.find(part), std::string::npos) << part << plan;
  config.runtime.settings.eal_arguments.clear();
  EXPECT_NE(describe_plan(config, {}, kMachine).find("EAL         hugepages are demanded, but 0 MB of them are free"),
            std::string::npos);
  config.runtime.settings.file_prefix = "rte";
  config.runtime.settings.ports[0].device = "0000:3b:00.0";
  const std::string huge = describe_plan(config, {}, {.free_hugepage_mb = 1000, .cpus = {0}});
  EXPECT_NE(huge.find("EAL         --file-prefix rte -m 288 --lcores 0@(0) -a 0000:3b:00.0 --log-level"),
            std::string::npos)
      << huge;
  EXPECT_NE(huge.find("dumpcap     dpdk-dumpcap can attach"), std::string::npos) << huge;
}

TEST(Counters, AreSummedOverWorkers) {
  ProxyConfig config = example();
  Proxies proxies;
  for (int i = 0; i < 2; ++i) proxies.push_back(std::make_unique<proxy::Proxy>(config.proxy, 4));
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  visit_counters(proxies, [&](std::string_view name, std::uint64_t value) { seen.emplace_back(name, value); });
  ASSERT_EQ(seen.size(), 20u);
  EXPECT_EQ(seen[0].first, "proxy_accepted");
  EXPECT_EQ(seen[19].first, "proxy_drained");
  const std::vector<std::string> rows = upstream_rows(proxies);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], "10.2.0.2:8080 web 2 2 0 0 0 0 0");
  EXPECT_EQ(rows[1], "10.2.0.3:8080 web 2 2 0 0 0 0 0");
  EXPECT_EQ(std::count(kUpstreamColumns.begin(), kUpstreamColumns.end(), ' '),
            std::count(rows[0].begin(), rows[0].end(), ' '));
  const Totals totals = totals_of(proxies);
  EXPECT_EQ(totals.accepted + totals.active + totals.refused + totals.connect_failures + totals.bytes, 0u);
}

TEST(Counters, AreTheWorkersOwnAddedUp) {
  ProxyConfig config = example();
  config.proxy.upstreams[0].health_interval = Duration{0};
  Proxies proxies;
  stack::Shard shards[2];
  for (stack::Shard& shard : shards) {
    proxies.push_back(std::make_unique<proxy::Proxy>(config.proxy, 1));
    ASSERT_FALSE(proxies.back()->start(shard.api()));
    const auto client = shard.accept();
    shard.turn(*proxies.back());
    const auto server = shard.last();
    shard.connected(server);
    shard.sends(client, "four");
    shard.sends(server, "sixsix");
    shard.accept();  // over the limit
    shard.turn(*proxies.back());
  }
  const Totals totals = totals_of(proxies);
  EXPECT_EQ(totals.accepted, 4u);
  EXPECT_EQ(totals.active, 2u);
  EXPECT_EQ(totals.refused, 2u);
  EXPECT_EQ(totals.bytes, 20u);
  EXPECT_EQ(totals.connect_failures, 0u);
  std::map<std::string, std::uint64_t> seen;
  visit_counters(proxies, [&](std::string_view name, std::uint64_t value) { seen[std::string{name}] = value; });
  EXPECT_EQ(seen["proxy_bytes_to_upstream"], 8u);
  EXPECT_EQ(seen["proxy_bytes_to_client"], 12u);
  EXPECT_EQ(upstream_rows(proxies),
            (std::vector<std::string>{"10.2.0.2:8080 web 2 2 2 2 0 0 0", "10.2.0.3:8080 web 2 2 0 0 0 0 0"}));
}

TEST(Upstreams, ARowHasOneWordPerColumnWhateverTheName) {
  ProxyConfig config = example();
  config.proxy.upstreams[0].name = "my \"web\"\n\u00e9";
  config.proxy.upstreams.push_back(config.proxy.upstreams[0]);
  config.proxy.upstreams[1].name = "";
  Proxies proxies;
  proxies.push_back(std::make_unique<proxy::Proxy>(config.proxy, 1));
  const std::vector<std::string> rows = upstream_rows(proxies);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1], "10.2.0.3:8080 my__web____ 1 1 0 0 0 0 0");
  EXPECT_EQ(rows[2], "10.2.0.2:8080 _ 1 1 0 0 0 0 0");
}

TEST(Counters, MakeALineOfTheSecond) {
  const Totals before{.accepted = 10, .active = 1, .refused = 0, .connect_failures = 0, .bytes = 1000};
  Totals now{.accepted = 350, .active = 12, .refused = 3, .connect_failures = 4, .bytes = 1000};
  EXPECT_EQ(summary_line(before, now), "active 12  +340/s  0.0 kbit/s  refused 3  connect failures 4");
  now.bytes = before.bytes + 124'999;
  EXPECT_NE(summary_line(before, now).find("1000.0 kbit/s"), std::string::npos);
  now.bytes = before.bytes + 125'000;
  EXPECT_NE(summary_line(before, now).find("1.0 Mbit/s"), std::string::npos);
  now.bytes = before.bytes + 150'000'000;
  EXPECT_NE(summary_line(before, now).find("1.20 Gbit/s"), std::string::npos);
}

}  // namespace
}  // namespace millrace::config
