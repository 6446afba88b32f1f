#include "wire/tcp_header.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const char* const kPlain = "1f90 d431 01020304 a1a2a3a4 50 18 ffff 0000 0007";

TEST(TcpHeader, ParsesEveryField) {
  const auto h = parse_tcp(hex(kPlain));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->source_port, 8080);
  EXPECT_EQ(h->destination_port, 54321);
  EXPECT_EQ(h->seq, SeqNum{0x01020304});
  EXPECT_EQ(h->ack, SeqNum{0xa1a2a3a4});
  EXPECT_EQ(h->ctl.bits, Ctl::kAck | Ctl::kPsh);
  EXPECT_EQ(h->window, 65535) << "MUST-1: unsigned";
  EXPECT_EQ(h->urgent_pointer, 7);
  EXPECT_EQ(h->header_length, 20);
  EXPECT_EQ(h->options.mss, 0);
  EXPECT_FALSE(h->options.malformed);
}

TEST(TcpHeader, EachControlBit) {
  const auto ctl = [](unsigned bits) {
    auto bytes = hex(kPlain);
    bytes[13] = static_cast<std::byte>(bits);
    return parse_tcp(bytes).value().ctl;
  };
  for (unsigned bit = 0; bit < 8; ++bit) {
    const Ctl c = ctl(1u << bit);
    EXPECT_EQ(c.bits, 1u << bit);
    EXPECT_EQ(c.fin(), bit == 0);
    EXPECT_EQ(c.syn(), bit == 1);
    EXPECT_EQ(c.rst(), bit == 2);
    EXPECT_EQ(c.psh(), bit == 3);
    EXPECT_EQ(c.ack(), bit == 4);
    EXPECT_EQ(c.urg(), bit == 5);
    EXPECT_EQ(c.ece(), bit == 6);
    EXPECT_EQ(c.cwr(), bit == 7);
    EXPECT_FALSE(c.ae);
  }
  EXPECT_EQ(Ctl::kEce, 1u << 6);
  EXPECT_EQ(Ctl::kCwr, 1u << 7);
}

// RFC 9768 3.2.2: AE, CWR and ECE, the last bit of octet 12 and the first two of octet 13, are one field.
TEST(TcpHeader, TheAceField) {
  for (unsigned ace = 0; ace < 8; ++ace) {
    auto bytes = hex(kPlain);
    bytes[12] = static_cast<std::byte>(0x50 | ace >> 2);
    bytes[13] = static_cast<std::byte>((ace & 3) << 6 | Ctl::kAck);
    const auto h = parse_tcp(bytes);
    ASSERT_TRUE(h);
    EXPECT_EQ(h->ctl.ace(), ace);
    EXPECT_EQ(h->ctl.ae, (ace & 4) != 0);
    EXPECT_EQ(h->ctl.cwr(), (ace & 2) != 0);
    EXPECT_EQ(h->ctl.ece(), (ace & 1) != 0);
    Bytes out(20);
    EXPECT_EQ(build_tcp(*h, out), 20u);
    EXPECT_EQ(out, bytes);
    for (unsigned before = 0; before < 8; ++before) {
      Ctl ctl{Ctl::kAck | Ctl::kPsh};
      ctl.set_ace(static_cast<std::uint8_t>(before));
      ctl.set_ace(static_cast<std::uint8_t>(ace));
      EXPECT_EQ(ctl.ace(), ace);
      EXPECT_TRUE(ctl.ack() && ctl.psh() && !ctl.urg());
    }
  }
}

TEST(TcpHeader, DataOffsetIsBounded) {
  auto bytes = hex(kPlain) + Bytes(40, std::byte{1});
  for (unsigned offset = 0; offset < 16; ++offset) {
    bytes[12] = static_cast<std::byte>(offset << 4 | 0xf);  // reserved bits are ignored
    const auto h = parse_tcp(bytes);
    ASSERT_EQ(h.has_value(), offset >= 5) << offset;
    if (!h) continue;
    EXPECT_EQ(h->header_length, offset * 4);
    EXPECT_TRUE(parse_tcp(std::span{bytes}.first(offset * 4))) << offset;
    EXPECT_FALSE(parse_tcp(std::span{bytes}.first(offset * 4 - 1))) << offset;
  }
}

TEST(TcpHeader, NeedsTwentyBytes) {
  const auto bytes = hex(kPlain);
  for (std::size_t n = 0; n < 20; ++n) EXPECT_FALSE(parse_tcp(std::span{bytes}.first(n))) << n;
}

TEST(TcpHeader, OptionsEndWhereTheHeaderEnds) {
  auto bytes = hex("1f90 d431 01020304 a1a2a3a4 60 10 ffff 0000 0000 01 01 01 02  04 05b4");
  const auto h = parse_tcp(bytes);
  ASSERT_TRUE(h);
  EXPECT_TRUE(h->options.malformed) << "the option must not be read out of the text";
  EXPECT_EQ(h->options.mss, 0);
}

// Proves MUST-5.
TEST(TcpHeader, OptionsAreReadInAnySegment) {
  const auto h = parse_tcp(hex("1f90 d431 01020304 a1a2a3a4 60 10 ffff 0000 0000 02 04 05b4"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->options.mss, 1460) << "MUST-5";
}

// RFC 7413 2.
TEST(TcpHeader, FastOpenIsReadInSynsOnly) {
  const auto syn = parse_tcp(hex("1f90 d431 01020304 a1a2a3a4 70 02 ffff 0000 0000 22 06 01020304 0101"));
  ASSERT_TRUE(syn);
  EXPECT_TRUE(syn->options.has_fast_open);
  EXPECT_EQ(syn->options.fast_open.length, 4);
  const auto ack = parse_tcp(hex("1f90 d431 01020304 a1a2a3a4 70 10 ffff 0000 0000 22 06 01020304 0101"));
  ASSERT_TRUE(ack);
  EXPECT_FALSE(ack->options.has_fast_open);
}

TEST(TcpHeader, BuildsWhatItParses) {
  const auto plain = hex(kPlain);
  Bytes out(24, std::byte{0xee});
  EXPECT_EQ(build_tcp(parse_tcp(plain).value(), out), 20u);
  EXPECT_EQ(out, plain + hex("eeeeeeee"));
}

TEST(TcpHeader, BuildLeavesTheChecksumZero) {
  auto bytes = hex(kPlain);
  bytes[16] = std::byte{0x55};
  bytes[17] = std::byte{0x66};
  Bytes out(20, std::byte{0xee});
  EXPECT_EQ(build_tcp(parse_tcp(bytes).value(), out), 20u);
  EXPECT_EQ(out, hex(kPlain));
}

}  // namespace
}  // namespace millrace::wire
