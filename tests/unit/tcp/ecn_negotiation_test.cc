// The tables of RFC 9768 3.1.2, 3.1.3 and 3.2.2.1, row by row, and RFC 3168 6.1.1. Flags are (AE, CWR, ECE).
#include "tcp/ecn_negotiation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace millrace::tcp {
namespace {

using enum EcnMode;
using wire::Ecn;

struct Row {
  const char* name;
  std::uint8_t syn_ack;
  EcnMode mode;
};

// Table 2, the column "feedback mode of host A", for a host A that has sent (1,1,1).
constexpr std::array kTable2 = {
    Row{"AccECN (Not-ECT SYN)", 0b010, Accurate},
    Row{"AccECN (ECT1 on SYN)", 0b011, Accurate},
    Row{"AccECN (ECT0 on SYN)", 0b100, Accurate},
    Row{"AccECN (CE on SYN)", 0b110, Accurate},
    Row{"Reserved, 3.1.3", 0b101, Accurate},
    Row{"Classic ECN", 0b001, Classic},
    Row{"Not ECN", 0b000, None},
    Row{"Broken", 0b111, None},
};

TEST(EcnNegotiation, Table2OfAnAccurateOpener) {
  for (const Row& row : kTable2) EXPECT_EQ(ecn_agreed(Accurate, row.syn_ack), row.mode) << row.name;
}

TEST(EcnNegotiation, Table2NamesEveryCombination) {
  for (std::uint8_t flags = 0; flags < 8; ++flags)
    EXPECT_EQ(std::count_if(kTable2.begin(), kTable2.end(), [&](const Row& row) { return row.syn_ack == flags; }), 1);
}

TEST(EcnNegotiation, Table2OfAnAnswerer) {
  for (const EcnPolicy policy : {EcnPolicy::Passive, EcnPolicy::Accurate}) {
    EXPECT_EQ(ecn_answer(policy, 0b111), Accurate);
    EXPECT_EQ(ecn_answer(policy, 0b011), Classic);
    EXPECT_EQ(ecn_answer(policy, 0b000), None);
    // 3.1.3: combinations that nobody sends yet count as (1,1,1).
    for (const std::uint8_t flags : {0b001, 0b010, 0b100, 0b101, 0b110}) EXPECT_EQ(ecn_answer(policy, flags), Accurate);
  }
  EXPECT_EQ(ecn_syn_ack_flags(Accurate, Ecn::NotEct), 0b010);
  EXPECT_EQ(ecn_syn_ack_flags(Accurate, Ecn::Ect1), 0b011);
  EXPECT_EQ(ecn_syn_ack_flags(Accurate, Ecn::Ect0), 0b100);
  EXPECT_EQ(ecn_syn_ack_flags(Accurate, Ecn::Ce), 0b110);
  for (const Ecn any : {Ecn::NotEct, Ecn::Ect1, Ecn::Ect0, Ecn::Ce}) {
    EXPECT_EQ(ecn_syn_ack_flags(Classic, any), 0b001);
    EXPECT_EQ(ecn_syn_ack_flags(None, any), 0b000);
  }
}

// RFC 3168 6.1.1: an ECN-setup SYN has both flags; an ECN-setup SYN,ACK has ECE alone. AE means nothing to it.
TEST(EcnNegotiation, ClassicOnly) {
  for (const std::uint8_t ae : {0b000, 0b100}) {
    EXPECT_EQ(ecn_answer(EcnPolicy::Classic, ae | 0b11), Classic);
    EXPECT_EQ(ecn_answer(EcnPolicy::Classic, ae | 0b10), None);
    EXPECT_EQ(ecn_answer(EcnPolicy::Classic, ae | 0b01), None);
    EXPECT_EQ(ecn_answer(EcnPolicy::Classic, ae), None);
    EXPECT_EQ(ecn_agreed(Classic, ae | 0b01), Classic);
    EXPECT_EQ(ecn_agreed(Classic, ae | 0b11), None) << "reflected flags";
    EXPECT_EQ(ecn_agreed(Classic, ae | 0b10), None);
    EXPECT_EQ(ecn_agreed(Classic, ae), None);
  }
}

TEST(EcnNegotiation, NobodyAskedOrNobodyMay) {
  for (std::uint8_t flags = 0; flags < 8; ++flags) {
    EXPECT_EQ(ecn_agreed(None, flags), None);
    EXPECT_EQ(ecn_answer(EcnPolicy::Off, flags), None);
  }
}

TEST(EcnNegotiation, WhatIsAskedFor) {
  EXPECT_EQ(ecn_syn_flags(ecn_asked(EcnPolicy::Off)), 0b000);
  EXPECT_EQ(ecn_syn_flags(ecn_asked(EcnPolicy::Passive)), 0b000);
  EXPECT_EQ(ecn_syn_flags(ecn_asked(EcnPolicy::Classic)), 0b011);
  EXPECT_EQ(ecn_syn_flags(ecn_asked(EcnPolicy::Accurate)), 0b111);
}

// Tables 3 and 4.
TEST(EcnNegotiation, HandshakeEncoding) {
  for (const Ecn codepoint : {Ecn::NotEct, Ecn::Ect1, Ecn::Ect0, Ecn::Ce})
    EXPECT_EQ(decode_handshake(encode_handshake(codepoint)), codepoint);
  EXPECT_EQ(encode_handshake(Ecn::NotEct), 0b010);
  EXPECT_EQ(encode_handshake(Ecn::Ect1), 0b011);
  EXPECT_EQ(encode_handshake(Ecn::Ect0), 0b100);
  EXPECT_EQ(encode_handshake(Ecn::Ce), 0b110);
  for (const std::uint8_t unused : {0b000, 0b001, 0b101, 0b111}) EXPECT_EQ(decode_handshake(unused), std::nullopt);
}

}  // namespace
}  // namespace millrace::tcp
