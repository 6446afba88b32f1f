#include "wire/tcp_options.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

TcpOptions parse(const char* text) { return parse_tcp_options(hex(text)); }

/// Nothing was understood (malformed aside).
void expect_empty(const TcpOptions& o) {
  EXPECT_EQ(o.mss, 0);
  EXPECT_FALSE(o.has_window_scale);
  EXPECT_EQ(o.window_scale, 0);
  EXPECT_FALSE(o.sack_permitted);
  EXPECT_FALSE(o.has_timestamps);
  EXPECT_EQ(o.ts_val, 0u);
  EXPECT_EQ(o.ts_ecr, 0u);
  EXPECT_EQ(o.sack_count, 0);
  EXPECT_FALSE(o.has_fast_open);
  EXPECT_EQ(o.fast_open.length, 0);
  EXPECT_FALSE(o.accecn.present());
}

TEST(TcpOptions, NoneAtAll) {
  expect_empty(parse(""));
  EXPECT_FALSE(parse("").malformed);
  EXPECT_FALSE(parse("00").malformed);
  EXPECT_FALSE(parse("01 01 01 01").malformed);
}

// Proves MUST-4.
TEST(TcpOptions, ALinuxSyn) {
  const auto o = parse("02 04 05b4 04 02 08 0a 01020304 00000000 01 03 03 07");
  EXPECT_EQ(o.mss, 1460);
  EXPECT_TRUE(o.sack_permitted);
  EXPECT_TRUE(o.has_timestamps);
  EXPECT_EQ(o.ts_val, 0x01020304u);
  EXPECT_EQ(o.ts_ecr, 0u);
  EXPECT_TRUE(o.has_window_scale);
  EXPECT_EQ(o.window_scale, 7);
  EXPECT_EQ(o.sack_count, 0);
  EXPECT_FALSE(o.malformed);
}

// Proves MUST-64.
TEST(TcpOptions, AtAnyAlignment) {
  for (std::size_t nops = 0; nops < 8; ++nops) {
    const auto o = parse_tcp_options(Bytes(nops, std::byte{1}) + hex("08 0a 01020304 05060708 02 04 0218"));
    EXPECT_EQ(o.ts_val, 0x01020304u) << nops;
    EXPECT_EQ(o.ts_ecr, 0x05060708u) << nops;
    EXPECT_EQ(o.mss, 536) << nops;
  }
}

// Proves MUST-6.
TEST(TcpOptions, UnknownKindsAreSkippedByTheirLength) {
  for (unsigned kind = 0; kind < 256; ++kind) {
    if (kind <= 5 || kind == 8) continue;
    for (unsigned length = 2; length <= 36; ++length) {
      Bytes option(length, std::byte{0xff});
      option[0] = static_cast<std::byte>(kind);
      option[1] = static_cast<std::byte>(length);
      const auto o = parse_tcp_options(option + hex("02 04 1234"));
      ASSERT_EQ(o.mss, 0x1234) << kind << " " << length;
      ASSERT_FALSE(o.malformed);
    }
  }
}

// Every kind with a length, every length, in every size of area: understood only when kind and length fit, malformed
// exactly when the length is below 2 or beyond the area, and never a byte read outside (the sanitizers watch).
// Proves MUST-7, MUST-68.
TEST(TcpOptions, EveryKindLengthAndArea) {
  for (const unsigned kind : {2u, 3u, 4u, 5u, 8u, 253u}) {
    for (unsigned length = 0; length <= 45; ++length) {
      for (std::size_t area = 1; area <= 44; ++area) {
        Bytes bytes(area, std::byte{0});
        bytes[0] = static_cast<std::byte>(kind);
        if (area > 1) bytes[1] = static_cast<std::byte>(length);
        if (area > 2 && length > 2) bytes[2] = std::byte{5};  // else the next option would begin there
        const auto o = parse_tcp_options(bytes);
        const bool fits = area >= 2 && length >= 2 && length <= area;
        ASSERT_EQ(o.malformed, !fits) << kind << " " << length << " " << area;
        ASSERT_EQ(o.mss, fits && kind == 2 && length == 4 ? 0x0500 : 0);
        ASSERT_EQ(o.has_window_scale, fits && kind == 3 && length == 3);
        ASSERT_EQ(o.window_scale, o.has_window_scale ? 5 : 0);
        ASSERT_EQ(o.sack_permitted, fits && kind == 4 && length == 2);
        const bool sack = fits && kind == 5 && (length == 10 || length == 18 || length == 26 || length == 34);
        ASSERT_EQ(o.sack_count, sack ? length / 8 : 0);
        ASSERT_EQ(o.has_timestamps, fits && kind == 8 && length == 10);
        ASSERT_EQ(o.ts_val, o.has_timestamps ? 0x05000000u : 0u);
      }
    }
  }
}

// Proves MUST-7.
TEST(TcpOptions, LengthZeroAndOneEndParsing) {
  for (const char* text : {"fd 00 02 04 05b4", "fd 01 02 04 05b4", "02 00 02 04 05b4", "02 01 02 04 05b4"}) {
    const auto o = parse(text);
    EXPECT_TRUE(o.malformed) << text;
    EXPECT_EQ(o.mss, 0) << text;
  }
}

TEST(TcpOptions, WhatCameBeforeAMalformedOptionStays) {
  const auto o = parse("02 04 05b4 03 03 02 08 00");
  EXPECT_TRUE(o.malformed);
  EXPECT_EQ(o.mss, 1460);
  EXPECT_EQ(o.window_scale, 2);
}

// Proves MUST-4.
TEST(TcpOptions, BehindEndOfListIsPadding) {
  const auto o = parse("02 04 05b4 00 03 03 07 08 00");
  EXPECT_EQ(o.mss, 1460);
  EXPECT_FALSE(o.has_window_scale) << "MUST-69";
  EXPECT_FALSE(o.malformed);
}

TEST(TcpOptions, WindowScaleIsLimitedTo14) {
  EXPECT_EQ(parse("03 03 00").window_scale, 0);
  EXPECT_TRUE(parse("03 03 00").has_window_scale);
  EXPECT_EQ(parse("03 03 0d").window_scale, 13);
  EXPECT_EQ(parse("03 03 0e").window_scale, 14);
  EXPECT_EQ(parse("03 03 0f").window_scale, 14);
  EXPECT_EQ(parse("03 03 ff").window_scale, 14);
}

TEST(TcpOptions, SackBlocks) {
  const auto o = parse("01 01 05 12 00000001 00000002 fffffff0 00000010");
  ASSERT_EQ(o.sack_count, 2);
  EXPECT_EQ(o.sack[0], (SackBlock{SeqNum{1}, SeqNum{2}}));
  EXPECT_EQ(o.sack[1], (SackBlock{SeqNum{0xfffffff0}, SeqNum{0x10}}));
  const auto four = parse("05 22 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008");
  ASSERT_EQ(four.sack_count, 4);
  EXPECT_EQ(four.sack[3], (SackBlock{SeqNum{7}, SeqNum{8}}));
}

// RFC 7413 2 and 4.1.1: kind 34; empty, or 4 to 16 bytes, an even number of them.
TEST(TcpOptions, FastOpen) {
  const auto request = parse("22 02");
  EXPECT_TRUE(request.has_fast_open);
  EXPECT_EQ(request.fast_open.length, 0);
  for (std::size_t length = 0; length <= 38; ++length) {
    Bytes option = {std::byte{34}, static_cast<std::byte>(2 + length)};
    for (std::size_t i = 0; i < length; ++i) option.push_back(static_cast<std::byte>(0x11 * i + 1));
    const auto o = parse_tcp_options(option);
    EXPECT_FALSE(o.malformed) << length;
    const bool cookie = length >= 4 && length <= 16 && length % 2 == 0;
    EXPECT_EQ(o.has_fast_open, cookie || length == 0) << length;
    EXPECT_EQ(o.fast_open.length, cookie ? length : 0) << length;
    for (std::size_t i = 0; i < o.fast_open.bytes.size(); ++i)
      EXPECT_EQ(o.fast_open.bytes[i], cookie && i < length ? static_cast<std::uint8_t>(0x11 * i + 1) : 0) << length;
  }
}

TEST(TcpOptions, AShorterCookieLeavesNothingOfALongerOne) {
  const auto o = parse("22 08 010203040506 22 06 11121314");
  EXPECT_EQ(o.fast_open, (FastOpenCookie{4, {0x11, 0x12, 0x13, 0x14}}));
}

// The numbers from before RFC 7413 are not spoken.
TEST(TcpOptions, ExperimentalFastOpenIsUnknown) {
  expect_empty(parse("fe 04 f989"));
  expect_empty(parse("fe 0c f989 0102030405060708"));
  EXPECT_FALSE(parse("fe 0c f989 0102030405060708").malformed);
}

TEST(TcpOptions, TheLastOfAKindCounts) {
  EXPECT_EQ(parse("02 04 0001 02 04 0002").mss, 2);
  EXPECT_EQ(parse("03 03 01 03 03 02").window_scale, 2);
  EXPECT_EQ(parse("08 0a 00000001 00000002 08 0a 00000003 00000004").ts_val, 3u);
  EXPECT_EQ(parse("05 0a 00000001 00000002 05 0a 00000003 00000004").sack[0].left, SeqNum{3});
}

TcpHeader everything(Ctl ctl) {
  TcpHeader h;
  h.ctl = ctl;
  h.options.mss = 1460;
  h.options.has_window_scale = true;
  h.options.window_scale = 7;
  h.options.sack_permitted = true;
  h.options.has_timestamps = true;
  h.options.ts_val = 0x01020304;
  h.options.ts_ecr = 0x05060708;
  return h;
}

Bytes built_options(const TcpHeader& h) {
  Bytes out(kTcpMaxHeader, std::byte{0xee});
  const std::size_t size = build_tcp(h, out);
  EXPECT_EQ(size, tcp_header_size(h));
  EXPECT_EQ(size % 4, 0u);
  EXPECT_LE(size, kTcpMaxHeader);
  EXPECT_EQ(std::to_integer<std::size_t>(out[12]), size / 4 << 4);
  for (std::size_t i = size; i < out.size(); ++i) EXPECT_EQ(out[i], std::byte{0xee}) << "written behind the header";
  return Bytes(out.begin() + kTcpMinHeader, out.begin() + static_cast<std::ptrdiff_t>(size));
}

TEST(TcpOptionsBuild, ASynWithEverything) {
  EXPECT_EQ(built_options(everything({Ctl::kSyn})), hex("020405b4 01030307 01010402 0101080a 01020304 05060708"));
}

// Proves MUST-69.
TEST(TcpOptionsBuild, EachAlone) {
  TcpHeader h;
  h.ctl.bits = Ctl::kSyn | Ctl::kAck;
  EXPECT_EQ(built_options(h), Bytes{});
  h.options = {};
  h.options.mss = 1;
  EXPECT_EQ(built_options(h), hex("02040001"));
  h.options = {};
  h.options.has_window_scale = true;
  EXPECT_EQ(built_options(h), hex("01030300"));
  h.options.window_scale = 15;
  EXPECT_EQ(built_options(h), hex("0103030e"));
  h.options = {};
  h.options.sack_permitted = true;
  EXPECT_EQ(built_options(h), hex("01010402"));
  h.options = {};
  h.options.has_timestamps = true;
  EXPECT_EQ(built_options(h), hex("0101080a 00000000 00000000"));
}

// Proves MUST-65.
TEST(TcpOptionsBuild, WithoutSynOnlyTimestampsAndSack) {
  for (const std::uint8_t bits : {Ctl::kAck, Ctl::kRst, Ctl::kFin}) {
    EXPECT_EQ(built_options(everything({bits})), hex("0101080a 01020304 05060708")) << "MUST-65";
  }
}

TEST(TcpOptionsBuild, FastOpenAlone) {
  TcpHeader h;
  h.ctl.bits = Ctl::kSyn;
  h.options.has_fast_open = true;
  EXPECT_EQ(built_options(h), hex("01012202"));
  h.options.fast_open = {4, {1, 2, 3, 4}};
  EXPECT_EQ(built_options(h), hex("0101220601020304"));
  h.options.fast_open = {6, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(built_options(h), hex("2208010203040506"));
  h.ctl.bits = Ctl::kAck;
  EXPECT_EQ(built_options(h), Bytes{}) << "RFC 7413 2: on SYNs only";
}

TEST(TcpOptionsBuild, TheLongestCookieBesideEverything) {
  auto h = everything({Ctl::kSyn});
  h.options.has_fast_open = true;
  for (std::size_t i = 0; i < 16; ++i) h.options.fast_open.bytes[i] = static_cast<std::uint8_t>(i + 1);
  h.options.fast_open.length = 16;
  h.options.sack_count = 4;
  EXPECT_EQ(built_options(h), hex("020405b4 01030307 0402080a 01020304 05060708 01012212 0102030405060708"
                                  "090a0b0c0d0e0f10"));
  EXPECT_EQ(tcp_header_size(h), kTcpMaxHeader);
}

TEST(TcpOptionsBuild, EveryCookieComesBack) {
  for (const bool timestamps : {false, true})
    for (std::uint8_t length = 0; length <= 16; length += 2) {
      if (length == 2) continue;
      auto h = everything({Ctl::kSyn});
      h.options.has_timestamps = timestamps;
      h.options.has_fast_open = true;
      h.options.fast_open.length = length;
      for (std::size_t i = 0; i < length; ++i) h.options.fast_open.bytes[i] = static_cast<std::uint8_t>(200 + i);
      const auto o = parse_tcp_options(built_options(h));
      EXPECT_TRUE(o.has_fast_open);
      EXPECT_EQ(o.fast_open, h.options.fast_open) << int{length};
      EXPECT_EQ(o.mss, h.options.mss);
      EXPECT_TRUE(o.sack_permitted);
      EXPECT_TRUE(o.has_window_scale);
      EXPECT_EQ(o.has_timestamps, timestamps);
      EXPECT_FALSE(o.malformed);
    }
}

TEST(TcpOptionsBuild, SackBlocksThatFit) {
  for (const bool timestamps : {false, true}) {
    for (unsigned count = 0; count <= 5; ++count) {
      TcpHeader h;
      h.ctl.bits = Ctl::kAck;
      h.options.has_timestamps = timestamps;
      h.options.sack_count = static_cast<std::uint8_t>(count);
      for (unsigned i = 0; i < kMaxSackBlocks; ++i) h.options.sack[i] = {SeqNum{i * 16 + 1}, SeqNum{i * 16 + 9}};
      const auto parsed = parse_tcp_options(built_options(h));
      const unsigned expected = std::min(count, timestamps ? 3u : 4u);
      ASSERT_EQ(parsed.sack_count, expected) << timestamps << count;
      for (unsigned i = 0; i < expected; ++i) EXPECT_EQ(parsed.sack[i], h.options.sack[i]);
      EXPECT_EQ(parsed.has_timestamps, timestamps);
      EXPECT_FALSE(parsed.malformed);
    }
  }
}

TEST(TcpOptionsBuild, OneSackBlockExactly) {
  TcpHeader h;
  h.ctl.bits = Ctl::kAck;
  h.options.sack_count = 1;
  h.options.sack[0] = {SeqNum{0x11223344}, SeqNum{0x55667788}};
  EXPECT_EQ(built_options(h), hex("0101050a 11223344 55667788"));
}

TEST(TcpOptionsBuild, SackBesideEverythingOnASynStaysWithinSixtyBytes) {
  auto h = everything({Ctl::kSyn});
  h.options.sack_count = 4;
  EXPECT_EQ(tcp_header_size(h), 56u);
  EXPECT_EQ(parse_tcp_options(built_options(h)).sack_count, 1);
}

// RFC 9768 table 5: what each length of either order holds.
TEST(TcpOptionsAccEcn, EachLength) {
  const AccEcnOption three = parse("ac 0b 010203 040506 070809").accecn;
  EXPECT_EQ(three, (AccEcnOption{3, false, 0x010203, 0x040506, 0x070809}));
  EXPECT_TRUE(three.has_e0b() && three.has_ceb() && three.has_e1b());
  const AccEcnOption two = parse("ac 08 010203 040506").accecn;
  EXPECT_EQ(two, (AccEcnOption{2, false, 0x010203, 0x040506, 0}));
  EXPECT_TRUE(two.has_e0b() && two.has_ceb() && !two.has_e1b());
  const AccEcnOption one = parse("ac 05 010203").accecn;
  EXPECT_EQ(one, (AccEcnOption{1, false, 0x010203, 0, 0}));
  EXPECT_TRUE(one.has_e0b() && !one.has_ceb() && !one.has_e1b());
  const AccEcnOption none = parse("ac 02").accecn;
  EXPECT_TRUE(none.present() && !none.has_e0b() && !none.has_ceb() && !none.has_e1b());
}

TEST(TcpOptionsAccEcn, EachLengthOfTheOtherOrder) {
  const AccEcnOption three = parse("ae 0b 010203 040506 070809").accecn;
  EXPECT_EQ(three, (AccEcnOption{3, true, 0x070809, 0x040506, 0x010203}));
  EXPECT_TRUE(three.has_e0b() && three.has_ceb() && three.has_e1b());
  const AccEcnOption two = parse("ae 08 010203 040506").accecn;
  EXPECT_EQ(two, (AccEcnOption{2, true, 0, 0x040506, 0x010203}));
  EXPECT_TRUE(!two.has_e0b() && two.has_ceb() && two.has_e1b());
  const AccEcnOption one = parse("ae 05 010203").accecn;
  EXPECT_EQ(one, (AccEcnOption{1, true, 0, 0, 0x010203}));
  EXPECT_TRUE(!one.has_e0b() && !one.has_ceb() && one.has_e1b());
  EXPECT_TRUE(parse("ae 02").accecn.present());
}

// RFC 9768 3.2.3: of another length, the whole fields that fit.
TEST(TcpOptionsAccEcn, AnyOtherLength) {
  EXPECT_EQ(parse("ac 04 0102").accecn.fields, 0);
  EXPECT_EQ(parse("ac 07 010203 0405").accecn.fields, 1);
  EXPECT_EQ(parse("ac 0a 010203 040506 0708").accecn.fields, 2);
  const TcpOptions longer = parse("ac 0f 010203 040506 070809 ffffffff 01 02 04 05b4");
  EXPECT_EQ(longer.accecn, (AccEcnOption{3, false, 0x010203, 0x040506, 0x070809}));
  EXPECT_EQ(longer.mss, 1460) << "what follows is read on";
}

TEST(TcpOptionsAccEcn, BuiltInGroupsOfFour) {
  TcpHeader h;
  h.ctl.bits = Ctl::kAck;
  h.options.accecn = {3, false, 0xff010203, 0x040506, 0x070809};
  EXPECT_EQ(built_options(h), hex("01 ac 0b 010203 040506 070809"));
  h.options.accecn.fields = 2;
  EXPECT_EQ(built_options(h), hex("ac 08 010203 040506"));
  h.options.accecn.fields = 1;
  EXPECT_EQ(built_options(h), hex("01 01 01 ac 05 010203"));
  h.options.accecn.fields = 0;
  EXPECT_EQ(built_options(h), hex("01 01 ac 02"));
  h.options.accecn = {2, true, 0x010203, 0x040506, 0x070809};
  EXPECT_EQ(built_options(h), hex("ae 08 070809 040506"));
  for (unsigned fields = 0; fields <= 3; ++fields) {
    h.options.accecn.fields = static_cast<std::uint8_t>(fields);
    EXPECT_EQ(built_options(h).size(), accecn_group_size(fields));
  }
}

TEST(TcpOptionsAccEcn, SackGivesWay) {
  for (unsigned fields = 0; fields <= 3; ++fields) {
    TcpHeader h;
    h.ctl.bits = Ctl::kAck;
    h.options.has_timestamps = true;
    h.options.sack_count = 3;
    h.options.accecn.fields = static_cast<std::uint8_t>(fields);
    EXPECT_EQ(parse_tcp_options(built_options(h)).sack_count, fields == 3 ? 1 : 2);
  }
  auto syn_ack = everything({Ctl::kSyn | Ctl::kAck});
  syn_ack.options.sack_count = 4;
  syn_ack.options.accecn = {3, false, 1, 0, 1};
  EXPECT_EQ(tcp_header_size(syn_ack), 56u);
  EXPECT_EQ(parse_tcp_options(built_options(syn_ack)).sack_count, 0);
}

}  // namespace
}  // namespace millrace::wire
