// S60: what tcpdump says about frames that the stack has written. It reads the flags, numbers, options and checksums by
// its own rules, so it is a second opinion on the wire format.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <regex>

#include "io/pcapng_writer.h"
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

/// A segment as `tcpdump -nn -S -vv` prints it.
struct Printed {
  std::string source, destination, flags, checksum, options;
  std::uint32_t seq = 0, ack = 0;
  std::string length;
};

std::optional<Printed> parse(const std::string& line) {
  static const std::regex kShape{
      R"((\S+) > (\S+): Flags \[(\S+)\], cksum 0x[0-9a-f]+ \((.*?)\)(?:, seq (\d+)(?::\d+)?)?(?:, ack (\d+))?, )"
      R"(win \d+(?:, options \[(.*?)\])?, length (\d+).*)"};
  std::smatch match;
  if (!std::regex_search(line, match, kShape)) return std::nullopt;
  const auto number = [&match](std::size_t i) {
    return match[i].matched ? static_cast<std::uint32_t>(std::stoul(match[i])) : 0u;
  };
  return Printed{match[1], match[2], match[3], match[4], match[7], number(5), number(6), match[8]};
}

class Captured : public Scenario {
 protected:
  /// Every frame that either host sends from now on.
  void record() {
    const auto from = [this](std::uint16_t port) {
      return [this, port](const io::Frame& frame) {
        io::CaptureRecord record;
        record.header.time_ns = to_ns(world->clock.now());
        record.header.length = record.header.kept = static_cast<std::uint32_t>(frame.size());
        record.header.port = port;
        record.header.direction = io::CaptureDirection::Sent;
        record.bytes = frame;
        records_.push_back(std::move(record));
        return false;  // the link does not lose it
      };
    };
    world->a_to_b.set_tamper(from(0));
    world->b_to_a.set_tamper(from(1));
  }

  /// nullopt without tcpdump on this machine.
  std::optional<std::vector<Printed>> read_by_tcpdump() {
    if (std::system("command -v tcpdump >/dev/null") != 0) return std::nullopt;
    std::string path = "/tmp/millrace-s60-XXXXXX";
    const int fd = ::mkstemp(path.data());
    EXPECT_GE(fd, 0);
    {
      io::PcapngWriter writer{path, {"a", "b"}, 65535};
      for (const io::CaptureRecord& record : records_) writer.write(record, Duration{0});
    }
    const std::string command = fmt::format("tcpdump -nn -S -vv -r {} tcp 2>/dev/null", path);
    std::vector<Printed> printed;
    std::FILE* output = ::popen(command.c_str(), "r");
    for (char line[4096]; output != nullptr && std::fgets(line, sizeof line, output) != nullptr;) {
      text_ += line;
      if (const auto segment = parse(line)) printed.push_back(*segment);
    }
    EXPECT_EQ(::pclose(output), 0);
    std::filesystem::remove(path);
    return printed;
  }

  std::string text_;  ///< what it printed

 private:
  std::vector<io::CaptureRecord> records_;
};

std::vector<std::string> flags_of(const std::vector<Printed>& printed) {
  std::vector<std::string> flags;
  for (const Printed& one : printed) flags.push_back(one.flags);
  return flags;
}

TEST_F(Captured, S60_tcpdump_reads_handshake_close_and_reset) {
  start();
  record();
  client = open();
  run(milliseconds{10});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted.back();
  client.send(text("hello"));
  run(milliseconds{100});  // the ACK is delayed
  client.shutdown();
  run(milliseconds{10});
  server.shutdown();
  run(milliseconds{10});

  TcpFrame stray;  // for a connection that does not exist
  stray.source = world->a.address();
  stray.destination = world->b.address();
  stray.tcp.source_port = 5;
  stray.tcp.destination_port = 6;
  stray.tcp.seq = tcp::SeqNum{1000};
  stray.tcp.ack = tcp::SeqNum{2000};
  stray.tcp.ctl.bits = wire::Ctl::kAck;
  inject(From::A, stray);
  run(milliseconds{10});

  const auto read = read_by_tcpdump();
  if (!read) GTEST_SKIP() << "tcpdump is not installed";
  const std::vector<Printed>& p = *read;
  ASSERT_EQ(flags_of(p), (std::vector<std::string>{"S", "S.", ".", "P.", ".", "F.", ".", "F.", ".", ".", "R"}))
      << text_;
  for (const Printed& one : p) EXPECT_EQ(one.checksum, "correct") << text_;

  const std::uint32_t x = p[0].seq, y = p[1].seq;
  const std::string mss = world->a.address().is_v4() ? "mss 1460" : "mss 1440";
  for (const std::string& option : {mss, std::string{"sackOK"}, std::string{"TS val "}, std::string{"wscale "}})
    for (const std::size_t syn : {0, 1}) EXPECT_NE(p[syn].options.find(option), std::string::npos) << p[syn].options;
  EXPECT_EQ(p[1].ack, x + 1);
  EXPECT_EQ(p[2].ack, y + 1);
  EXPECT_EQ(p[3].seq, x + 1);
  EXPECT_EQ(p[3].length, "5");
  EXPECT_EQ(p[4].ack, x + 6);
  EXPECT_EQ(p[5].seq, x + 6);  // the FIN
  EXPECT_EQ(p[6].ack, x + 7);
  EXPECT_EQ(p[7].seq, y + 1);
  EXPECT_EQ(p[7].ack, x + 7);
  EXPECT_EQ(p[8].ack, y + 2);
  EXPECT_EQ(p[8].seq, x + 7);
  EXPECT_EQ(p[10].seq, 2000u) << "RST: SEQ = SEG.ACK (RFC 9293 3.10.7.1)";
  EXPECT_EQ(p[0].source, p[1].destination);
  EXPECT_EQ(p[10].destination, world->a.address().to_string() + ".5");
}

}  // namespace
}  // namespace millrace::sim
