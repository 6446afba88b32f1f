// A capture's parts: which frames it keeps, what a worker copies and when, and the file that comes of it.
#include <gtest/gtest.h>
#include <rte_ip.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "io/capture_filter.h"
#include "io/capture_tap.h"
#include "io/dumpcap.h"
#include "io/pcapng_writer.h"
#include "pkt/packet_pool.h"

namespace millrace::io {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

Bytes ethernet(int type_high, int type_low) {
  return bytes_of({2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type_high, type_low});
}

/// 10.1.0.2 port 4711 to 10.1.0.1 port 80.
Bytes ipv4(int protocol = 6, int fragment_low = 0) {
  Bytes packet = bytes_of({0x45, 0, 0, 40, 0, 0, 0, fragment_low, 64, protocol, 0, 0, 10, 1, 0, 2, 10, 1, 0, 1});
  append(packet, bytes_of({0x12, 0x67, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0}));
  return packet;
}

Bytes ipv6(const Bytes& extension, int next) {
  Bytes packet = bytes_of({0x60, 0, 0, 0, 0, 20, next, 64});
  const wire::IpAddress ends[] = {*wire::IpAddress::parse("2001:db8::2"), *wire::IpAddress::parse("2001:db8::1")};
  for (const wire::IpAddress& end : ends)
    for (const std::uint8_t byte : end.bytes) packet.push_back(std::byte{byte});
  append(packet, extension);
  append(packet, bytes_of({0x12, 0x67, 0, 80, 0, 0, 0, 1}));
  return packet;
}

Bytes frame(Bytes head, const Bytes& packet) {
  append(head, packet);
  return head;
}

bool keeps(const Bytes& frame, std::initializer_list<const char*> hosts, std::initializer_list<std::uint16_t> ports) {
  CaptureFilter filter;
  for (const char* host : hosts) filter.hosts.push_back(*wire::IpAddress::parse(host));
  filter.ports = ports;
  return filter.matches(frame);
}

TEST(CaptureFilter, HostsAndPortsOnEitherSide) {
  const Bytes tcp = frame(ethernet(8, 0), ipv4());
  EXPECT_TRUE(keeps(tcp, {}, {}));
  EXPECT_TRUE(keeps(tcp, {"10.1.0.2"}, {}));
  EXPECT_TRUE(keeps(tcp, {"10.1.0.1"}, {80}));
  EXPECT_TRUE(keeps(tcp, {"10.9.9.9", "10.1.0.1"}, {9, 4711}));
  EXPECT_FALSE(keeps(tcp, {"10.1.0.3"}, {}));
  EXPECT_FALSE(keeps(tcp, {"10.1.0.2"}, {81}));
  EXPECT_FALSE(keeps(tcp, {"10.1.0.3"}, {80}));
  EXPECT_TRUE(keeps(frame(ethernet(8, 0), ipv4(17)), {}, {80}));
  EXPECT_FALSE(keeps(frame(ethernet(8, 0), ipv4(1)), {}, {80})) << "ICMP has no ports";
}

TEST(CaptureFilter, FragmentsBehindTheFirstHaveNoPorts) {
  const Bytes fragment = frame(ethernet(8, 0), ipv4(6, 1));
  EXPECT_TRUE(keeps(fragment, {"10.1.0.2"}, {}));
  EXPECT_FALSE(keeps(fragment, {}, {80}));
}

TEST(CaptureFilter, SeesThroughVlanTags) {
  Bytes tagged = ethernet(0x81, 0);
  append(tagged, bytes_of({0, 5, 8, 0}));
  EXPECT_TRUE(keeps(frame(tagged, ipv4()), {"10.1.0.2"}, {80}));
  Bytes twice = ethernet(0x88, 0xa8);
  append(twice, bytes_of({0, 5, 0x81, 0, 0, 6, 8, 0}));
  EXPECT_TRUE(keeps(frame(twice, ipv4()), {}, {80}));
}

TEST(CaptureFilter, Ipv6AndItsExtensions) {
  EXPECT_TRUE(keeps(frame(ethernet(0x86, 0xdd), ipv6({}, 6)), {"2001:db8::1"}, {80}));
  const Bytes hop_by_hop = bytes_of({6, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_TRUE(keeps(frame(ethernet(0x86, 0xdd), ipv6(hop_by_hop, 0)), {"2001:db8::2"}, {4711}));
  const Bytes first_fragment = bytes_of({6, 0, 0, 1, 0, 0, 0, 9});
  EXPECT_TRUE(keeps(frame(ethernet(0x86, 0xdd), ipv6(first_fragment, 44)), {}, {80}));
  const Bytes later_fragment = bytes_of({6, 0, 0, 8, 0, 0, 0, 9});
  EXPECT_FALSE(keeps(frame(ethernet(0x86, 0xdd), ipv6(later_fragment, 44)), {}, {80}));
  EXPECT_FALSE(keeps(frame(ethernet(0x86, 0xdd), ipv6({}, 6)), {"2001:db8::3"}, {}));
}

TEST(CaptureFilter, ArpByHost) {
  const Bytes arp = bytes_of({0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 1, 0, 2, 0, 0, 0, 0, 0, 0, 10, 1, 0, 1});
  EXPECT_TRUE(keeps(frame(ethernet(8, 6), arp), {"10.1.0.1"}, {}));
  EXPECT_FALSE(keeps(frame(ethernet(8, 6), arp), {"10.1.0.3"}, {}));
  EXPECT_FALSE(keeps(frame(ethernet(8, 6), arp), {}, {80}));
}

TEST(CaptureFilter, ShortFramesOfEveryLengthAreJudgedWithinTheirBytes) {
  for (const Bytes& whole :
       {frame(ethernet(8, 0), ipv4()), frame(ethernet(0x86, 0xdd), ipv6(bytes_of({6, 0, 0, 0, 0, 0, 0, 0}), 0)),
        frame(ethernet(8, 6), Bytes(28)), ethernet(0x81, 0)})
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_FALSE(keeps(cut, {"1.1.1.1"}, {80}));
    }
}

class CaptureTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(pool_.available(), pool_.size()); }
  pkt::Packet* packet(std::string_view text) {
    pkt::Packet* made = pool_.alloc();
    std::memcpy(made->append(static_cast<std::uint16_t>(text.size())), text.data(), text.size());
    return made;
  }
  std::vector<CaptureRecord> popped() {
    std::vector<CaptureRecord> all;
    for (CaptureRecord record; ring_->pop(record);) all.push_back(record);
    return all;
  }
  static std::string text(const CaptureRecord& record) {
    return {reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size()};
  }
  void attach(std::size_t ring_bytes = 4096, std::uint32_t snap = 65535, CaptureFilter filter = {}) {
    ring_ = std::make_shared<CaptureRing>(ring_bytes, std::move(filter), snap);
    tap_.attach(ring_);
  }

  pkt::PacketPool pool_{{.name = "tap", .packets = 31, .data_size = 256, .cache = 0}};
  std::shared_ptr<CaptureRing> ring_;
  CaptureTap tap_;
};

TEST_F(CaptureTest, IsInactiveUntilARingIsAttached) {
  EXPECT_FALSE(tap_.active());
  attach();
  EXPECT_TRUE(tap_.active());
  tap_.attach(nullptr);
  EXPECT_FALSE(tap_.active());
}

TEST_F(CaptureTest, LetsGoOfAClosedRingWithTheNextBurst) {
  pkt::Packet* burst[] = {packet("one")};
  attach();
  ring_->close();
  tap_.received(0, burst);
  EXPECT_FALSE(tap_.active());
  EXPECT_TRUE(popped().empty());
  attach();
  ring_->close();
  tap_.sending(0, burst);
  tap_.sent(1);
  EXPECT_FALSE(tap_.active());
  EXPECT_TRUE(popped().empty());
  EXPECT_EQ(ring_.use_count(), 1);
  burst[0]->free();
}

TEST_F(CaptureTest, AFrameOfTheLastCaptureIsNotSentIntoAClosedRing) {
  pkt::Packet* burst[] = {packet("one")};
  attach();
  tap_.sending(0, burst);
  ring_->close();
  tap_.sending(0, burst);
  tap_.sent(1);
  EXPECT_TRUE(popped().empty());
  burst[0]->free();
}

TEST_F(CaptureTest, ReceivedFramesCarryTimePortAndDirection) {
  attach();
  pkt::Packet* burst[] = {packet("one"), packet("two")};
  tap_.set_time(time_from_ns(77));
  tap_.received(3, burst);
  const auto all = popped();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text(all[0]), "one");
  EXPECT_EQ(text(all[1]), "two");
  EXPECT_EQ(all[1].header.time_ns, 77);
  EXPECT_EQ(all[1].header.port, 3);
  EXPECT_EQ(all[1].header.direction, CaptureDirection::Received);
  EXPECT_EQ(all[1].header.length, 3u);
  for (pkt::Packet* one : burst) one->free();
}

TEST_F(CaptureTest, OfABurstToSendOnlyWhatWasTakenCounts) {
  attach();
  pkt::Packet* burst[] = {packet("one"), packet("two"), packet("three")};
  tap_.sending(0, burst);
  EXPECT_TRUE(popped().empty());
  for (pkt::Packet* one : burst) one->free();  // the driver may be as quick as that
  tap_.sent(2);
  const auto all = popped();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text(all[1]), "two");
  EXPECT_EQ(all[0].header.direction, CaptureDirection::Sent);
}

TEST_F(CaptureTest, KeepsAsMuchAsTheSnapLengthSaysOfWholeChains) {
  attach(4096, 5);
  pkt::Packet* chain = packet("abc");
  pkt::chain(*chain, *packet("defg"));
  pkt::Packet* burst[] = {chain, packet("xy")};
  tap_.received(0, burst);
  const auto all = popped();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text(all[0]), "abcde");
  EXPECT_EQ(all[0].header.length, 7u);
  EXPECT_EQ(all[0].header.kept, 5u);
  EXPECT_EQ(text(all[1]), "xy");
  for (pkt::Packet* one : burst) one->free();
}

TEST_F(CaptureTest, TheFilterLeavesFramesOut) {
  CaptureFilter filter;
  filter.ports = {80};
  attach(4096, 65535, filter);
  const Bytes wanted = frame(ethernet(8, 0), ipv4());
  pkt::Packet* burst[] = {packet("not this"), packet({reinterpret_cast<const char*>(wanted.data()), wanted.size()}),
                          packet("nor that")};
  tap_.sending(0, burst);
  tap_.sent(3);
  const auto all = popped();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].bytes, wanted);
  for (pkt::Packet* one : burst) one->free();
}

TEST_F(CaptureTest, AFullRingDropsWholeRecordsAndCountsThem) {
  attach(2 * (sizeof(CaptureHeader) + 3));
  pkt::Packet* burst[] = {packet("one"), packet("two"), packet("333"), packet("4")};
  tap_.received(0, burst);
  EXPECT_EQ(ring_->dropped(), 2u);
  const auto all = popped();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text(all[1]), "two");
  tap_.received(0, std::span{burst}.first(1));
  EXPECT_EQ(popped().size(), 1u);
  for (pkt::Packet* one : burst) one->free();
}

TEST_F(CaptureTest, ChecksumsThatTheNicWouldFillAreFilledEvenInACutRecord) {
  attach(4096, 34);
  const Bytes raw = frame(ethernet(8, 0), ipv4());
  pkt::Packet* one = packet({reinterpret_cast<const char*>(raw.data()), raw.size()});
  one->mbuf()->l2_len = 14;
  one->mbuf()->l3_len = 20;
  one->mbuf()->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
  pkt::Packet* burst[] = {one};
  tap_.sending(0, burst);
  tap_.sent(1);
  const auto all = popped();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].bytes.size(), 34u);
  EXPECT_EQ(rte_raw_cksum(all[0].bytes.data() + 14, 20), 0xffff);
  EXPECT_EQ(rte_ipv4_cksum(reinterpret_cast<const rte_ipv4_hdr*>(raw.data() + 14)),
            *reinterpret_cast<const std::uint16_t*>(all[0].bytes.data() + 24));
  EXPECT_EQ(one->data()[24], std::byte{0}) << "the packet itself is left to the NIC";
  one->free();
}

TEST(Pcapng, BlocksAreAsTheFormatSays) {
  std::string path = "/tmp/millrace-pcapng-XXXXXX";
  ASSERT_GE(::mkstemp(path.data()), 0);
  CaptureRecord record;
  record.header = {.time_ns = 5, .length = 60, .kept = 3, .port = 1, .direction = CaptureDirection::Sent};
  record.bytes = bytes_of({0xaa, 0xbb, 0xcc});
  {
    PcapngWriter writer{path, {"lan", "wan0"}, 96};
    const std::uint64_t before = writer.file_bytes();
    EXPECT_TRUE(writer.write(record, Duration{std::int64_t{1} << 32}));
    EXPECT_EQ(writer.file_bytes() - before, PcapngWriter::size_of(record));
    EXPECT_TRUE(writer.flush());
    EXPECT_EQ(writer.file_bytes(), std::filesystem::file_size(path));
  }
  std::ifstream in{path, std::ios::binary};
  const std::string all{std::istreambuf_iterator<char>{in}, {}};
  std::filesystem::remove(path);
  const auto word = [&all](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, all.data() + at, sizeof value);
    return value;
  };
  std::vector<std::uint32_t> types;
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < all.size(); at += word(at + 4)) {
    types.push_back(word(at));
    starts.push_back(at);
    ASSERT_EQ(word(at + 4) % 4, 0u);
    ASSERT_EQ(word(at + word(at + 4) - 4), word(at + 4));
  }
  ASSERT_EQ(types, (std::vector<std::uint32_t>{0x0a0d0d0a, 1, 1, 6}));
  EXPECT_EQ(word(8), 0x1a2b3c4du);
  EXPECT_EQ(word(starts[1] + 8), 1u);    // Ethernet
  EXPECT_EQ(word(starts[1] + 12), 96u);  // snap length
  EXPECT_NE(all.find("wan0", starts[2]), std::string::npos);
  const std::size_t packet = starts[3] + 8;
  EXPECT_EQ(word(packet), 1u);        // interface
  EXPECT_EQ(word(packet + 4), 1u);    // 2^32 ns, high
  EXPECT_EQ(word(packet + 8), 5u);    // and low
  EXPECT_EQ(word(packet + 12), 3u);   // kept
  EXPECT_EQ(word(packet + 16), 60u);  // length
  EXPECT_EQ(all.substr(packet + 20, 4), std::string("\xaa\xbb\xcc\0", 4));
  EXPECT_EQ(word(packet + 24), 4u << 16 | 2u);  // epb_flags, 4 bytes
  EXPECT_EQ(word(packet + 28), 2u);             // outbound
}

TEST(Pcapng, SaysWhyItCannotWrite) {
  try {
    PcapngWriter writer{"/nowhere/x.pcapng", {}, 96};
    FAIL() << "it could";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(
        std::string{error.what()},
        "cannot write capture file '/nowhere/x.pcapng': No such file or directory; choose a path that this process "
        "may write");
  }
}

TEST(Dumpcap, NeedsHugepagesSharedConfigurationAndTheDefaultPrefix) {
  EXPECT_EQ(dumpcap_obstacle({"millrace", "-m", "64"}), std::nullopt);
  EXPECT_EQ(dumpcap_obstacle({"millrace", "--file-prefix", "rte"}), std::nullopt);
  EXPECT_EQ(dumpcap_obstacle({"millrace", "--file-prefix=rte"}), std::nullopt);
  const auto says = [](const std::vector<std::string>& arguments, const char* words) {
    return dumpcap_obstacle(arguments).value_or("").find(words) != std::string::npos;
  };
  EXPECT_TRUE(says({"millrace", "--no-huge"}, "hugepages"));
  EXPECT_TRUE(says({"millrace", "--no-shconf"}, "shared configuration"));
  EXPECT_TRUE(says({"millrace", "--in-memory"}, "shared configuration"));
  EXPECT_TRUE(says({"millrace", "--file-prefix", "mr"}, "this one is 'mr'"));
}

}  // namespace
}  // namespace millrace::io
