// The window that free memory allows, and the field that announces it.
#include "env.h"
#include "tcp/receive_queue.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kCost = 2432;  ///< one buffer of the data pool

class ReceiveWindow : public testing::Test {
 protected:
  ReceiveWindow() {
    t.tcb.state = State::Established;
    t.tcb.rmss = 1000;
    t.tcb.rcv_buffer = 10 * kCost;
  }
  std::uint16_t advertise(bool syn = false) { return advertise_window(t.tcb, t.env, syn); }
  TestEnv t;
};

TEST_F(ReceiveWindow, ShiftAnnouncesTheWholeBuffer) {
  EXPECT_EQ(window_shift(0), 0);
  EXPECT_EQ(window_shift(0xffff), 0);
  EXPECT_EQ(window_shift(0x10000), 1);
  EXPECT_EQ(window_shift(0x1ffff), 1);
  EXPECT_EQ(window_shift(0x20000), 2);
  EXPECT_EQ(window_shift(0xffffu << 14), 14);
  EXPECT_EQ(window_shift(0xffff'ffff), 14);
}

TEST_F(ReceiveWindow, FreeInBuffers) {
  EXPECT_EQ(free_window(t.tcb, t.env), 10'000u);
  t.tcb.rcv_queue.push_back(*TestEnv::packet("x"));
  EXPECT_EQ(free_window(t.tcb, t.env), 9'000u);
  t.tcb.rcv_buffer = kCost;
  EXPECT_EQ(free_window(t.tcb, t.env), 0u);
  t.tcb.rcv_buffer = kCost + kCost / 4;
  EXPECT_EQ(free_window(t.tcb, t.env), 250u);
  t.tcb.rcv_buffer = 1;
  EXPECT_EQ(free_window(t.tcb, t.env), 0u);
}

TEST_F(ReceiveWindow, NeverMoreThanTheBufferItself) {
  t.tcb.rmss = 9000;  // larger than a buffer's cost
  EXPECT_EQ(free_window(t.tcb, t.env), 10 * kCost);
}

TEST_F(ReceiveWindow, GrowsBySegments) {
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 9'000;
  EXPECT_EQ(advertise(), 10'000);
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 9'001;
  EXPECT_EQ(advertise(), 9'001);
}

TEST_F(ReceiveWindow, GrowsByHalfASmallBuffer) {
  t.tcb.rcv_buffer = 1000;  // possible: 411
  EXPECT_EQ(free_window(t.tcb, t.env), 411u);
  t.tcb.rcv_adv = t.tcb.rcv_nxt;
  t.tcb.rmss = 600;
  EXPECT_EQ(free_window(t.tcb, t.env), 246u);
  EXPECT_EQ(advertise(), 0);
  t.tcb.rmss = 240;
  EXPECT_EQ(free_window(t.tcb, t.env), 98u);
  EXPECT_EQ(advertise(), 0);
}

TEST_F(ReceiveWindow, NotUnderPressure) {
  t.tcb.rcv_queue.push_back(*TestEnv::packet("x"));
  t.env.pressure = Pressure::Windows;
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 500;
  EXPECT_EQ(advertise(), 500);
  t.env.pressure = Pressure::Syns;
  EXPECT_EQ(advertise(), 500);
}

TEST_F(ReceiveWindow, UnderPressureOnlyWhenNothingIsHeld) {
  t.env.pressure = Pressure::Syns;
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 500;
  EXPECT_EQ(advertise(), 10'000);
}

TEST_F(ReceiveWindow, GrowthRoundsDownPromisesUp) {
  t.tcb.rcv_wscale = 4;
  t.tcb.rcv_buffer = 10 * kCost + 20;  // possible: 10008
  EXPECT_EQ(free_window(t.tcb, t.env), 10'008u);
  EXPECT_EQ(advertise(), 625);
  EXPECT_EQ(t.tcb.rcv_wnd(), 10'000u);
  t.tcb.rcv_nxt += 1;
  EXPECT_EQ(advertise(), 625) << "9999 are promised, 625 * 16 keeps them";
  EXPECT_EQ(t.tcb.rcv_wnd(), 10'000u);
}

TEST_F(ReceiveWindow, SynsAreNotScaled) {
  t.tcb.rcv_wscale = 4;
  EXPECT_EQ(advertise(true), 10'000);
  EXPECT_EQ(t.tcb.rcv_wnd(), 10'000u);
}

// Proves REC-1.
TEST_F(ReceiveWindow, TheFieldHas16Bits) {
  t.tcb.rcv_buffer = 100 * kCost;
  EXPECT_EQ(advertise(), 0xffff);
  EXPECT_EQ(t.tcb.rcv_wnd(), 0xffffu);
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 70'000;
  EXPECT_EQ(advertise(), 0xffff);
  EXPECT_EQ(t.tcb.rcv_wnd(), 70'000u) << "the edge does not move left";
}

TEST_F(ReceiveWindow, UpdateAfterTwoSegments) {
  t.tcb.last_ack_sent = t.tcb.rcv_nxt - 1000;
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 8'001;
  window_opened(t.tcb, t.env);
  EXPECT_EQ(t.tcb.owed, 0);
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 8'000;
  window_opened(t.tcb, t.env);
  EXPECT_EQ(t.tcb.owed, kOweAck);
}

TEST_F(ReceiveWindow, NoUpdateForWhomNobodyWaits) {
  t.tcb.last_ack_sent = t.tcb.rcv_nxt - 999;
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 5'001;
  window_opened(t.tcb, t.env);
  EXPECT_EQ(t.tcb.owed, 0) << "a small request, and half of the window is open";
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 5'000;
  window_opened(t.tcb, t.env);
  EXPECT_EQ(t.tcb.owed, kOweAck);
}

TEST_F(ReceiveWindow, UpdateOnlyWhereTextIsTaken) {
  for (const State s : {State::CloseWait, State::Closing, State::LastAck, State::Closed, State::SynSent}) {
    t.tcb.state = s;
    window_opened(t.tcb, t.env);
    EXPECT_EQ(t.tcb.owed, 0);
  }
  t.tcb.state = State::FinWait2;
  window_opened(t.tcb, t.env);
  EXPECT_EQ(t.tcb.owed, kOweAck);
}

TEST_F(ReceiveWindow, BudgetIsTwiceTheBuffer) {
  EXPECT_TRUE(fits_receive_budget(t.tcb, 20 * kCost + 1, t.env)) << "who holds nothing may take one";
  t.tcb.rcv_queue.push_back(*TestEnv::packet("x"));
  EXPECT_TRUE(fits_receive_budget(t.tcb, 19 * kCost, t.env));
  EXPECT_FALSE(fits_receive_budget(t.tcb, 19 * kCost + 1, t.env));
  t.tcb.rcv_buffer = 0xffff'ffff;
  EXPECT_TRUE(fits_receive_budget(t.tcb, 0xffff'ffff, t.env));
}

TEST_F(ReceiveWindow, CompactsBelow256Bytes) {
  append_to_receive_queue(t.tcb, *TestEnv::packet(std::string(255, 'a')), t.env);
  EXPECT_EQ(t.count.compacted_bytes.get(), 0u) << "nothing to append to";
  append_to_receive_queue(t.tcb, *TestEnv::packet(std::string(255, 'b')), t.env);
  EXPECT_EQ(t.count.compacted_bytes.get(), 255u);
  append_to_receive_queue(t.tcb, *TestEnv::packet(std::string(256, 'c')), t.env);
  EXPECT_EQ(t.count.compacted_bytes.get(), 255u);
  EXPECT_EQ(t.tcb.rcv_queue.truesize(), 2 * kCost);
  EXPECT_EQ(t.tcb.rcv_queue.bytes(), 766u);
}

}  // namespace
}  // namespace millrace::tcp
