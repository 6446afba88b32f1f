// PcapWriter and PcapIo: the file's bytes, its bound, the snap length, and what a refused burst leaves behind.
#include "io/pcap_writer.h"

#include <gtest/gtest.h>
#include <rte_ip.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "io/mem_port.h"

namespace millrace::io {
namespace {

struct Record {
  std::uint32_t s, ns, kept, length;
  std::string bytes;
  bool operator==(const Record&) const = default;
};

class PcapTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
  void TearDown() override {
    std::filesystem::remove_all(directory_);
    EXPECT_EQ(pool_.available(), kPackets);
  }
  std::string path() const { return directory_ + "/capture.pcap"; }
  std::string file() const {
    std::ifstream in{path(), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  static std::uint32_t word(const std::string& file, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, file.data() + at, sizeof value);
    return value;
  }
  std::vector<Record> records() const {
    const std::string all = file();
    std::vector<Record> found;
    for (std::size_t at = 24; at < all.size(); at += 16 + found.back().kept) {
      const std::uint32_t kept = word(all, at + 8);
      found.push_back({word(all, at), word(all, at + 4), kept, word(all, at + 12), all.substr(at + 16, kept)});
    }
    return found;
  }
  pkt::Packet* packet(std::string_view text) {
    pkt::Packet* made = pool_.alloc();
    std::memcpy(made->append(static_cast<std::uint16_t>(text.size())), text.data(), text.size());
    return made;
  }
  void write(PcapWriter& writer, std::string_view text) {
    pkt::Packet* one = packet(text);
    writer.write(*one);
    one->free();
  }

  static constexpr std::uint32_t kPackets = 15;
  pkt::PacketPool pool_{{.name = "pcap", .packets = kPackets, .data_size = 256, .cache = 0}};
  std::string directory_ = "/tmp/millrace-pcap-XXXXXX";
};

TEST_F(PcapTest, FileHeaderIsNanosecondEthernet) {
  PcapWriter writer{{.path = path(), .snap_length = 96}};
  EXPECT_EQ(writer.file_bytes(), 24u);
  EXPECT_TRUE(writer.flush());
  const std::string header = file();
  ASSERT_EQ(header.size(), 24u);
  EXPECT_EQ(word(header, 0), 0xa1b23c4du);
  EXPECT_EQ(word(header, 4), 0x00040002u);
  EXPECT_EQ(word(header, 8), 0u);
  EXPECT_EQ(word(header, 12), 0u);
  EXPECT_EQ(word(header, 16), 96u);
  EXPECT_EQ(word(header, 20), 1u);
}

TEST_F(PcapTest, RecordsCarryTimeLengthAndBytes) {
  {
    PcapWriter writer{{.path = path(), .snap_length = 4, .epoch = seconds{100}}};
    writer.set_time(time_from_ns(2'000'000'003));
    write(writer, "abcd");
    write(writer, "abcde");
    writer.set_time(time_from_ns(2'999'999'999));
    write(writer, "");
    EXPECT_EQ(writer.written(), 3u);
    EXPECT_EQ(writer.file_bytes(), 24u + 3 * 16 + 8);
  }
  EXPECT_EQ(records(),
            (std::vector<Record>{{102, 3, 4, 4, "abcd"}, {102, 3, 4, 5, "abcd"}, {102, 999'999'999, 0, 0, ""}}));
}

TEST_F(PcapTest, ChainsAreWrittenWholeAndCutWhereTheSnapLengthFalls) {
  {
    PcapWriter writer{{.path = path(), .snap_length = 6}};
    for (const char* tail : {"ef", "efg"}) {
      pkt::Packet* chained = packet("ab");
      pkt::chain(*chained, *packet("cd"));
      pkt::chain(*chained, *packet(tail));
      writer.write(*chained);
      chained->free();
    }
  }
  EXPECT_EQ(records(), (std::vector<Record>{{0, 0, 6, 6, "abcdef"}, {0, 0, 6, 7, "abcdef"}}));
}

TEST_F(PcapTest, TheBoundEndsTheFileWithoutGaps) {
  {
    PcapWriter writer{{.path = path(), .max_bytes = 24 + 16 + 4 + 16 + 2}};
    write(writer, "abcd");
    write(writer, "too long");
    write(writer, "ef");  // would fit, but a gap in the middle would mislead
    EXPECT_EQ(writer.written(), 1u);
    EXPECT_EQ(writer.dropped(), 2u);
    EXPECT_EQ(writer.file_bytes(), 44u);
  }
  EXPECT_EQ(file().size(), 44u);
}

TEST_F(PcapTest, ARecordMayEndExactlyAtTheBound) {
  PcapWriter writer{{.path = path(), .max_bytes = 24 + 16 + 4}};
  write(writer, "abcd");
  EXPECT_EQ(writer.written(), 1u);
  EXPECT_EQ(writer.dropped(), 0u);
  PcapWriter tighter{{.path = directory_ + "/other", .max_bytes = 24 + 16 + 3}};
  write(tighter, "abcd");
  EXPECT_EQ(tighter.written(), 0u);
  EXPECT_EQ(tighter.dropped(), 1u);
}

TEST_F(PcapTest, TheBufferIsWrittenOutBetweenBurstsWhenOverHalfFull) {
  PcapWriter writer{{.path = path(), .buffer_bytes = 80}};
  write(writer, "");
  writer.set_time({});  // 40 bytes: exactly half
  EXPECT_EQ(file().size(), 0u);
  write(writer, "a");
  EXPECT_EQ(file().size(), 0u);
  writer.set_time({});
  EXPECT_EQ(file().size(), 57u);
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(file().size(), 57u);
}

TEST_F(PcapTest, AFullDiskIsCountedAndStopsTheCapture) {
  PcapWriter writer{{.path = "/dev/full"}};
  EXPECT_FALSE(writer.flush());
  write(writer, "a");
  EXPECT_EQ(writer.written(), 0u);
  EXPECT_EQ(writer.dropped(), 1u);
  EXPECT_FALSE(writer.flush());
}

TEST_F(PcapTest, APathThatCannotBeWrittenIsNamed) {
  try {
    PcapWriter writer{{.path = directory_ + "/none/x.pcap"}};
    FAIL();
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("/none/x.pcap': No such file or directory"), std::string::npos) << text;
  }
}

TEST_F(PcapTest, AChecksumLeftToTheNicIsFilledInTheCaptureOnly) {
  for (const std::uint32_t snap : {34u, 33u}) {
    pkt::Packet* made = packet(std::string(34, '\x45'));
    made->mbuf()->l2_len = 14;
    made->mbuf()->l3_len = 20;
    made->mbuf()->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
    {
      PcapWriter writer{{.path = path(), .snap_length = snap}};
      writer.write(*made);
    }
    const Record record = records().at(0);
    if (snap == 34)
      EXPECT_EQ(rte_raw_cksum(record.bytes.data() + 14, 20), 0xffff);
    else
      EXPECT_EQ(record.bytes, std::string(33, '\x45'));
    EXPECT_EQ(made->data()[24], std::byte{0x45});
    made->free();
  }
}

TEST_F(PcapTest, PcapIoRecordsBothWays) {
  MemPort port{pool_};
  {
    PcapWriter writer{{.path = path()}};
    PcapIo<MemPort> io{port, &writer};
    io.set_time(time_from_ns(7));
    port.deliver({std::byte{'i'}, std::byte{'n'}});
    std::array<pkt::Packet*, 2> room{};
    ASSERT_EQ(io.rx_burst(room), 1u);
    io.set_time(time_from_ns(8));
    EXPECT_EQ(io.tx_burst(std::span{room}.first(1)), 1u);
  }
  EXPECT_EQ(records(), (std::vector<Record>{{0, 7, 2, 2, "in"}, {0, 8, 2, 2, "in"}}));
  EXPECT_EQ(port.take_sent().size(), 1u);
}

TEST_F(PcapTest, PcapIoForgetsWhatTheLinkRefused) {
  MemPort port{pool_};
  port.set_tx_ring(1);
  {
    PcapWriter writer{{.path = path(), .max_bytes = 24 + 16 + 1 + 16 + 1}};
    PcapIo<MemPort> io{port, &writer};
    std::array<pkt::Packet*, 3> out{packet("a"), packet("b"), packet("c")};
    EXPECT_EQ(io.tx_burst(out), 1u);
    EXPECT_EQ(writer.written(), 1u);
    EXPECT_EQ(writer.dropped(), 0u);  // "c" was beyond the bound, but it was not sent either
    EXPECT_EQ(writer.file_bytes(), 41u);
    (void)port.take_sent();
    EXPECT_EQ(io.tx_burst(std::span{out}.subspan(2)), 1u);
    EXPECT_EQ(writer.written(), 2u);
    out[1]->free();
  }
  EXPECT_EQ(records(), (std::vector<Record>{{0, 0, 1, 1, "a"}, {0, 0, 1, 1, "c"}}));
}

TEST_F(PcapTest, PcapIoWithoutAWriterOnlyPassesThrough) {
  MemPort port{pool_};
  PcapIo<MemPort> io{port, nullptr};
  io.set_time(time_from_ns(1));
  port.deliver(Frame(3));
  pkt::Packet* got = nullptr;
  ASSERT_EQ(io.rx_burst({&got, 1}), 1u);
  EXPECT_EQ(io.tx_burst({&got, 1}), 1u);
  EXPECT_EQ(port.take_sent().at(0), Frame(3));
}

}  // namespace
}  // namespace millrace::io
