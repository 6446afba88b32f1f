// The counters of accurate ECN: RFC 9768 3.2 and appendix A.
#include "tcp/accecn.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

using wire::AccEcnOption;
using wire::Ecn;

constexpr std::uint32_t kSegment = 1448;

Delivered segments(std::uint32_t n) { return {n * kSegment, kSegment}; }

AccEcnOption full(std::uint32_t e0b, std::uint32_t ceb, std::uint32_t e1b) { return {3, false, e0b, ceb, e1b}; }

TEST(AccEcn, CountersStartWhereTheRfcSays) {
  const AccEcnPart part;
  for (const AccEcnCounters& c : {part.r, part.s}) {
    EXPECT_EQ(c.cep, 5u);
    EXPECT_EQ(c.ceb, 0u);
    EXPECT_EQ(c.e0b, 1u);
    EXPECT_EQ(c.e1b, 1u);
  }
  EXPECT_EQ(ace_of(part), 5);
  EXPECT_EQ(make_full_option(part), full(1, 0, 1));
}

TEST(AccEcn, EachCodepointHasItsCounter) {
  AccEcnPart part;
  count_packet(part, Ecn::NotEct, 10);
  count_packet(part, Ecn::Ect0, 100);
  count_packet(part, Ecn::Ect1, 1000);
  count_packet(part, Ecn::Ce, 10'000);
  count_packet(part, Ecn::Ce, 0);
  EXPECT_EQ(part.r.e0b, 101u);
  EXPECT_EQ(part.r.e1b, 1001u);
  EXPECT_EQ(part.r.ceb, 10'000u);
  EXPECT_EQ(part.r.cep, 7u) << "a marked packet without text counts too";
  EXPECT_EQ(part.marks_unsent, 2);
}

TEST(AccEcn, AceIsTheThreeLowBits) {
  AccEcnPart part;
  for (const int expected : {6, 7, 0, 1, 2, 3, 4, 5, 6}) {
    count_packet(part, Ecn::Ce, 1);
    EXPECT_EQ(ace_of(part), expected);
  }
}

// 3.2.3.3: the recommended scheme, with its examples.
TEST(AccEcn, OptionHasEveryCounterThatHasMoved) {
  AccEcnPart part;
  EXPECT_FALSE(make_option(part, 40).present()) << "nothing has come";
  count_packet(part, Ecn::NotEct, 100);
  EXPECT_FALSE(make_option(part, 40).present()) << "no counter has it";
  count_packet(part, Ecn::Ect0, 100);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{1, false, 101, 0, 1}));
  count_packet(part, Ecn::Ce, 50);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{2, false, 101, 50, 1}));
  count_packet(part, Ecn::Ect1, 7);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{3, false, 101, 50, 8}));
}

TEST(AccEcn, TheOtherOrderWhereItIsShorter) {
  AccEcnPart part;
  count_packet(part, Ecn::Ect1, 7);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{1, true, 1, 0, 8}));
  count_packet(part, Ecn::Ce, 50);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{2, true, 1, 50, 8}));
  count_packet(part, Ecn::Ect0, 1);
  EXPECT_EQ(make_option(part, 40), (AccEcnOption{3, false, 2, 50, 8}));
}

TEST(AccEcn, OptionIsLeftOutWhereItDoesNotFit) {
  AccEcnPart part;
  count_packet(part, Ecn::Ect0, 100);
  count_packet(part, Ecn::Ce, 50);
  EXPECT_TRUE(make_option(part, 8).present());
  EXPECT_FALSE(make_option(part, 7).present()) << "not without a counter that has moved";
  part.full_options_due = 1;
  EXPECT_EQ(make_option(part, 12).fields, 3);
  EXPECT_EQ(make_option(part, 11).fields, 2);
}

TEST(AccEcn, FieldsAreTheLow24Bits) {
  AccEcnPart part;
  part.r = {5, 0x0100'0002, 0xff00'0003, 0x1200'0004};
  part.option_due = true;
  EXPECT_EQ(make_option(part, 40), full(3, 2, 4));
}

// 3.2.2.2: the least increment; appendix A.2.1.
TEST(AccEcn, AceAlone) {
  AccEcnPart part;
  EXPECT_EQ(read_feedback(part, 5, {}, segments(2)).packets, 0u);
  const Marks one = read_feedback(part, 6, {}, segments(2));
  EXPECT_EQ(one.packets, 1u);
  EXPECT_EQ(one.bytes, kSegment);
  EXPECT_EQ(part.s.cep, 6u);
  EXPECT_EQ(read_feedback(part, 1, {}, segments(3)).packets, 3u) << "across the turn of the field";
  EXPECT_EQ(part.s.cep, 9u);
  const Marks small = read_feedback(part, 3, {}, Delivered{100, kSegment});
  EXPECT_EQ(small.packets, 2u) << "3.2.2.5.2: the counter is right, even if it is more than what is acknowledged";
  EXPECT_EQ(small.bytes, 100u);
}

TEST(AccEcn, SafestLikelyCaseWhereAceMayHaveTurned) {
  AccEcnPart part;
  EXPECT_EQ(read_feedback(part, 6, {}, segments(7)).packets, 1u) << "seven cannot hide a turn";
  EXPECT_EQ(read_feedback(part, 7, {}, segments(8)).packets, 1u) << "nine would be more than eight";
  EXPECT_EQ(read_feedback(part, 0, {}, segments(9)).packets, 9u);
  EXPECT_EQ(read_feedback(part, 0, {}, segments(20)).packets, 16u) << "marks kept coming";
  EXPECT_EQ(part.s.cep, 5u + 1 + 1 + 9 + 16);
}

TEST(AccEcn, NoMarkIsLikelierThanEightWhereNoneWereBefore) {
  AccEcnPart part;
  EXPECT_EQ(read_feedback(part, 5, {}, segments(64)).packets, 0u);
  EXPECT_EQ(read_feedback(part, 6, {}, segments(1)).packets, 1u);
  EXPECT_EQ(read_feedback(part, 6, {}, segments(1)).packets, 0u);
  EXPECT_EQ(read_feedback(part, 6, {}, segments(64)).packets, 0u);
}

// Appendix A.2.2: bytes say how often ACE has turned.
TEST(AccEcn, OptionTellsTurnsApart) {
  AccEcnPart part;
  Marks marks = read_feedback(part, 5, full(1 + 56 * kSegment, 8 * kSegment, 1), segments(64));
  EXPECT_EQ(marks.packets, 8u);
  EXPECT_EQ(marks.bytes, 8 * kSegment);
  EXPECT_EQ(part.s.ceb, 8 * kSegment);
  EXPECT_EQ(part.s.e0b, 1 + 56 * kSegment);
  marks = read_feedback(part, 6, full(1 + 119 * kSegment, 9 * kSegment, 1), segments(64));
  EXPECT_EQ(marks.packets, 1u) << "not 57";
  marks = read_feedback(part, 6, full(1 + 140 * kSegment, 9 * kSegment, 1), segments(21));
  EXPECT_EQ(marks.packets, 0u) << "though marks came before";
  marks = read_feedback(part, 1, full(1 + 140 * kSegment, 20 * kSegment, 1), segments(11));
  EXPECT_EQ(marks.packets, 11u);
}

TEST(AccEcn, TurnsStayWithinWhatIsAcknowledged) {
  AccEcnPart part;
  const Marks marks = read_feedback(part, 0, full(1, 5 * kSegment, 1), segments(5));
  EXPECT_EQ(marks.packets, 3u) << "eleven is more than five";
  EXPECT_EQ(marks.bytes, 5 * kSegment);
}

TEST(AccEcn, BytesAcrossTheWrapOf24Bits) {
  AccEcnPart part;
  part.s.ceb = 0x00ff'ff00;
  const Marks marks = read_feedback(part, 6, full(1, 0x100, 1), segments(2));
  EXPECT_EQ(marks.bytes, 0x200u);
  EXPECT_EQ(part.s.ceb, 0x0100'0100u);
}

TEST(AccEcn, AFieldThatWentBackIsOld) {
  AccEcnPart part;
  part.s.ceb = 5000;
  EXPECT_EQ(read_feedback(part, 5, full(1, 4000, 1), segments(2)).bytes, 0u);
  EXPECT_EQ(part.s.ceb, 5000u);
}

TEST(AccEcn, EstimatesAreNotCountedAgainByTheNextOption) {
  AccEcnPart part;
  EXPECT_EQ(read_feedback(part, 6, {}, segments(2)).bytes, kSegment);
  EXPECT_EQ(read_feedback(part, 7, full(1, 2 * kSegment, 1), segments(2)).bytes, kSegment);
  EXPECT_EQ(read_feedback(part, 0, full(1, 3 * kSegment, 1), segments(2)).bytes, kSegment);
}

TEST(AccEcn, BytesAreAtMostWhatIsAcknowledged) {
  AccEcnPart part;
  EXPECT_EQ(read_feedback(part, 6, full(1, 1'000'000, 1), segments(1)).bytes, kSegment);
}

// 3.2.3.2.4.
TEST(AccEcn, AZeroedFirstOptionIsIgnoredAndAllAfterIt) {
  for (const AccEcnOption& zeroed :
       {full(0, 0, 1), full(1, 0, 0), AccEcnOption{1, false, 0, 0, 0}, AccEcnOption{1, true, 0, 0, 0}}) {
    AccEcnPart part;
    read_first_option(part, zeroed);
    EXPECT_TRUE(part.options_ignored);
    EXPECT_EQ(read_feedback(part, 6, full(1, 9 * kSegment, 1), segments(9)).packets, 9u) << "ACE alone";
    EXPECT_EQ(part.s.ceb, 0u);
  }
}

TEST(AccEcn, OtherFirstValuesAreNotJudged) {
  for (const AccEcnOption& first :
       {full(1, 0, 1), full(77, 5, 99), AccEcnOption{0, false, 0, 0, 0}, AccEcnOption{1, true, 0, 0, 1}}) {
    AccEcnPart part;
    read_first_option(part, first);
    EXPECT_FALSE(part.options_ignored);
    EXPECT_FALSE(part.first_option_due);
  }
  AccEcnPart part;
  read_first_option(part, {});
  EXPECT_TRUE(part.first_option_due) << "none has come";
}

TEST(AccEcn, LaterZerosAreValues) {
  AccEcnPart part;
  read_first_option(part, full(1, 0, 1));
  (void)read_feedback(part, 5, full(0x7f'ffff, 0, 1), segments(1));
  (void)read_feedback(part, 5, full(0xff'fffe, 0, 1), segments(1));
  (void)read_feedback(part, 5, full(0, 0, 1), segments(1));
  EXPECT_FALSE(part.options_ignored);
  EXPECT_EQ(part.s.e0b, 0x0100'0000u);
}

// 3.2.3.2.5.
TEST(AccEcn, MarkedBytesWithoutAMarkedPacketContradict) {
  AccEcnPart part;
  EXPECT_TRUE(read_feedback(part, 5, full(1, 100, 1), segments(2)).contradiction);
  AccEcnPart earlier;
  EXPECT_FALSE(read_feedback(earlier, 6, {}, segments(2)).contradiction);
  EXPECT_FALSE(read_feedback(earlier, 6, full(1, 100, 1), segments(2)).contradiction) << "ACE has said so before";
  EXPECT_TRUE(read_feedback(earlier, 6, full(1, 200, 1), segments(2)).contradiction);
  AccEcnPart many;
  EXPECT_FALSE(read_feedback(many, 5, full(1, 100, 1), segments(8)).contradiction) << "ACE may have turned";
}

}  // namespace
}  // namespace millrace::tcp
