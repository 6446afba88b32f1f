#include "wire/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::bytes_of;
using test::hex;
using test::operator+;

/// RFC 1071 as it is written: 16 bits at a time.
std::uint16_t reference(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

Bytes random_bytes(std::size_t n, std::uint32_t seed) {
  std::mt19937 draw{seed};
  Bytes bytes(n);
  for (auto& b : bytes) b = static_cast<std::byte>(draw());
  return bytes;
}

TEST(Checksum, ExampleOfRfc1071) {
  const auto bytes = bytes_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  Checksum c;
  c.add(bytes);
  EXPECT_EQ(c.sum(), 0xddf2);
  EXPECT_EQ(c.value(), 0x220d);
}

TEST(Checksum, SmallCases) {
  EXPECT_EQ(checksum({}), 0xffff);
  EXPECT_EQ(checksum(bytes_of({0x12})), 0xedff);
  EXPECT_EQ(checksum(bytes_of({0x12, 0x34})), 0xedcb);
  EXPECT_EQ(checksum(bytes_of({0x12, 0x34, 0x56})), reference(bytes_of({0x12, 0x34, 0x56})));
}

TEST(Checksum, EveryLengthAgreesWithTheReference) {
  for (std::size_t n = 0; n <= 200; ++n) {
    const auto bytes = random_bytes(n, static_cast<std::uint32_t>(n));
    EXPECT_EQ(checksum(bytes), reference(bytes)) << n;
  }
}

TEST(Checksum, CarriesAreNotLost) {
  for (const std::size_t n : {7u, 8u, 9u, 31u, 32u, 33u, 1500u, 65535u}) {
    const Bytes ones(n, std::byte{0xff});
    EXPECT_EQ(checksum(ones), reference(ones)) << n;
  }
}

TEST(Checksum, AnyCutInTwoGivesTheSameSum) {
  const auto bytes = random_bytes(75, 1);
  const std::span<const std::byte> all{bytes};
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Checksum c;
    c.add(all.first(cut));
    c.add(all.subspan(cut));
    EXPECT_EQ(c.value(), reference(all)) << cut;
  }
}

TEST(Checksum, ManyOddPiecesGiveTheSameSum) {
  const auto bytes = random_bytes(101, 2);
  for (std::size_t piece = 1; piece <= 9; ++piece) {
    Checksum c;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      c.add(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
    EXPECT_EQ(c.value(), reference(bytes)) << piece;
  }
}

TEST(Checksum, APieceWithAKnownSumNeedNotBeRead) {
  const auto bytes = random_bytes(75, 3);
  const std::span<const std::byte> all{bytes};
  for (std::size_t from = 0; from <= all.size(); ++from) {
    for (std::size_t to = from; to <= all.size(); ++to) {
      Checksum piece;
      piece.add(all.subspan(from, to - from));
      Checksum c;
      c.add(all.first(from));
      c.add_summed(piece.sum(), to - from);
      c.add(all.subspan(to));
      EXPECT_EQ(c.value(), reference(all)) << from << ' ' << to;
    }
  }
}

TEST(Checksum, PseudoHeaderV4) {
  const auto c = pseudo_header(IpAddress::v4(0x0a000001), IpAddress::v4(0x0a000002), 6, 20);
  EXPECT_EQ(c.value(), reference(hex("0a000001 0a000002 0006 0014")));
}

TEST(Checksum, PseudoHeaderV6WithALongPayload) {
  const auto source = IpAddress::parse("2001:db8::1").value();
  const auto destination = IpAddress::parse("2001:db8::2").value();
  const auto c = pseudo_header(source, destination, 6, 0x00012345);
  EXPECT_EQ(c.value(),
            reference(hex("20010db8000000000000000000000001 20010db8000000000000000000000002 00012345 00000006")));
}

TEST(Checksum, MixedVersionsSumAllBytes) {
  const auto v4 = IpAddress::v4(0x0a000001);
  const auto v6 = IpAddress::parse("2001:db8::2").value();
  EXPECT_EQ(pseudo_header(v4, v6, 6, 0).value(),
            reference(hex("00000000000000000000ffff0a000001 20010db8000000000000000000000002 0006")));
}

// SYN from 192.168.1.1:1234 to 192.168.1.2:80.
TEST(Checksum, TcpSegmentRoundTrip) {
  auto segment = hex("04d2 0050 00000001 00000000 5002 ffff 0000 0000");
  const auto source = IpAddress::v4(0xc0a80101);
  const auto destination = IpAddress::v4(0xc0a80102);
  const auto value = tcp_checksum(source, destination, segment);
  EXPECT_EQ(value, reference(hex("c0a80101 c0a80102 0006 0014") + segment));
  segment[16] = static_cast<std::byte>(value >> 8);
  segment[17] = static_cast<std::byte>(value);
  EXPECT_EQ(tcp_checksum(source, destination, segment), 0);
  segment[0] ^= std::byte{1};
  EXPECT_NE(tcp_checksum(source, destination, segment), 0);
}

}  // namespace
}  // namespace millrace::wire
