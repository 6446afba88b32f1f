// The bounds of every number and duration.
#include "config_bed.h"

namespace millrace::config {
namespace {

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
        Bounds{"[limits]", "receive_buffer_initial", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[limits]", "receive_buffer_max", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[limits]", "send_buffer_initial", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[limits]", "send_buffer_max", "'4KiB'", "'4095'", "'1GiB'", "'1073741825'"},
        Bounds{"[limits]", "receive_budget", "'1MiB'", "'1048575'", "'1024GiB'", "'1025GiB'"},
        Bounds{"[limits]", "send_budget", "'1MiB'", "'1048575'", "'1024GiB'", "'1025GiB'"},
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
        Bounds{"[[listener]]", "fast_open", "0", "-1", "50000000", "50000001"},
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

TEST_F(ConfigTest, BuffersThatCannotGrow) {
  add("[limits]");
  add("receive_buffer_initial = '1MiB'");
  add("receive_buffer_max = '1MiB'");
  add("send_buffer_max = '128KiB'");
  EXPECT_EQ(
      fault(),
      "f:19: 'send_buffer_initial' is 262144, 'send_buffer_max' is 131072. Make send_buffer_max the larger one.\n");
}

}  // namespace
}  // namespace millrace::config
