// Budgets that all connections of a shard share, the levels of a shortage, and send buffers.
#include "tcp/buffer_memory.h"

#include <gtest/gtest.h>

#include "env.h"
#include "tcp/pressure.h"
#include "tcp/send_queue.h"
#include "tcp/send_tuning.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kPacketCost = 2432;  ///< one buffer of the data pool

class BufferMemory : public testing::Test {
 protected:
  BufferMemory() {
    t.tcb.state = State::Established;
    t.tcb.smss = 1000;
  }
  ~BufferMemory() override {
    clear_send_queue(t.tcb, t.env);
    for (pkt::Packet* packet : hoard) packet->free();
    EXPECT_EQ(t.count.send_memory.get(), 0u);
  }
  /// Takes packets until `left` are free.
  void leave(std::uint32_t left) {
    while (TestEnv::data().available() > left) hoard.push_back(TestEnv::data().alloc());
  }
  std::size_t queue(std::size_t bytes) {
    const std::vector<std::byte> text(bytes);
    return enqueue_copy(t.tcb, text, t.env);
  }
  [[nodiscard]] Pressure measured() {
    measure_pressure(t.env);
    return t.env.pressure;
  }

  TestEnv t;
  std::vector<pkt::Packet*> hoard;
};

TEST(BufferLimits, ArePartsOfTheShareOfThePool) {
  const BufferLimits none;
  EXPECT_EQ(bounded_by_pool(none, 8'000'000, 1).receive_budget, 4'000'000u);
  EXPECT_EQ(bounded_by_pool(none, 8'000'000, 1).send_budget, 3'000'000u);
  EXPECT_EQ(bounded_by_pool(none, 8'000'000, 4).receive_budget, 1'000'000u);
  EXPECT_EQ(bounded_by_pool(none, 8'000'000, 4).send_budget, 750'000u);
  BufferLimits own;
  own.receive_budget = 5;
  own.send_budget = 6;
  EXPECT_EQ(bounded_by_pool(own, 8'000'000, 1).receive_budget, 5u);
  EXPECT_EQ(bounded_by_pool(own, 8'000'000, 1).send_budget, 6u);
}

TEST_F(BufferMemory, LevelsOfThePool) {
  ASSERT_EQ(TestEnv::data().size(), 255u);
  leave(63);
  EXPECT_EQ(measured(), Pressure::None);
  leave(62);
  EXPECT_EQ(measured(), Pressure::Windows);
  leave(31);
  EXPECT_EQ(measured(), Pressure::Windows);
  leave(30);
  EXPECT_EQ(measured(), Pressure::Syns);
  leave(15);
  EXPECT_EQ(measured(), Pressure::Syns);
  leave(14);
  EXPECT_EQ(measured(), Pressure::Dry);
}

TEST_F(BufferMemory, AskedAgainWhenAThirtySecondIsGone) {
  EXPECT_EQ(measured(), Pressure::None);
  leave(10);
  note_packets_taken(6, t.env);
  EXPECT_EQ(t.env.pressure, Pressure::None);
  note_packets_taken(1, t.env);
  EXPECT_EQ(t.env.pressure, Pressure::Dry);
}

TEST_F(BufferMemory, AskedMoreOftenWhereOthersTakeToo) {
  t.config.pool_sharers = 7;
  EXPECT_EQ(measured(), Pressure::None);
  leave(10);
  note_packets_taken(1, t.env);
  EXPECT_EQ(t.env.pressure, Pressure::Dry);
}

TEST_F(BufferMemory, GrowthIsWhatIsNeitherHeldNorGranted) {
  t.config.buffers.receive_budget = 1000;
  t.count.receive_memory.set(600);
  t.count.receive_granted.set(399);
  EXPECT_EQ(receive_growth_left(t.env), 1u);
  t.count.receive_granted.set(400);
  EXPECT_EQ(receive_growth_left(t.env), 0u);
  t.count.receive_granted.set(4000);
  EXPECT_EQ(receive_growth_left(t.env), 0u);
}

TEST_F(BufferMemory, LevelsOfTheReceiveBudget) {
  t.config.buffers.receive_budget = 1000;
  const auto level = [&](std::uint64_t held) {
    t.count.receive_memory.set(held);
    return measured();
  };
  EXPECT_EQ(level(999), Pressure::None);
  EXPECT_EQ(level(1000), Pressure::Windows);
  EXPECT_EQ(level(1249), Pressure::Windows);
  EXPECT_EQ(level(1250), Pressure::Syns);
  EXPECT_EQ(level(1499), Pressure::Syns);
  EXPECT_EQ(level(1500), Pressure::Dry);
  leave(30);
  EXPECT_EQ(level(1000), Pressure::Syns) << "the worse of both";
  EXPECT_EQ(level(1500), Pressure::Dry);
}

TEST_F(BufferMemory, SendsEndAtTheBudget) {
  t.config.buffers.send_budget = 3 * kPacketCost + 1;
  set_send_buffer(t.tcb, 1 << 20, t.env);
  EXPECT_EQ(queue(10'000), 3000u);
  EXPECT_EQ(t.count.send_memory.get(), 3 * kPacketCost);
  EXPECT_EQ(t.count.sends_refused.get(), 1u);
}

TEST_F(BufferMemory, SendsLeaveTheLastSixteenth) {
  set_send_buffer(t.tcb, 1 << 20, t.env);
  EXPECT_LT(queue(255'000), 255'000u);
  const std::uint32_t left = TestEnv::data().available();
  EXPECT_LT(left, 255u / 16) << "as far as it goes";
  EXPECT_GE(left, 255u / 32);
  EXPECT_EQ(queue(1000), 0u);
}

TEST_F(BufferMemory, ATunedSendBufferFollowsTheWindow) {
  t.config.buffers.send_initial = 10 * kPacketCost;
  t.config.buffers.send_max = 100 * kPacketCost;
  set_send_buffer(t.tcb, 0, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 10 * kPacketCost);
  tune_send_buffer(t.tcb, 20'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 10 * kPacketCost) << "it was never full";
  t.tcb.set(kWantRoom);
  tune_send_buffer(t.tcb, 3'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 10 * kPacketCost);
  tune_send_buffer(t.tcb, 20'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 42 * kPacketCost);
  tune_send_buffer(t.tcb, 3'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 42 * kPacketCost) << "it never shrinks";
  set_send_buffer(t.tcb, 0, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 42 * kPacketCost) << "options put into force again leave it";
  tune_send_buffer(t.tcb, 1'000'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 100 * kPacketCost);
}

TEST_F(BufferMemory, AFixedSendBufferStays) {
  set_send_buffer(t.tcb, 5 * kPacketCost, t.env);
  t.tcb.set(kWantRoom);
  tune_send_buffer(t.tcb, 100'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 5 * kPacketCost);
  set_send_buffer(t.tcb, 0, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, t.config.buffers.send_initial);
}

TEST_F(BufferMemory, SendBuffersStayWhenMemoryIsShort) {
  t.config.buffers.send_initial = 10 * kPacketCost;
  set_send_buffer(t.tcb, 0, t.env);
  t.tcb.set(kWantRoom);
  t.env.pressure = Pressure::Windows;
  tune_send_buffer(t.tcb, 100'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 10 * kPacketCost);
  t.env.pressure = Pressure::None;
  t.config.buffers.send_budget = 100 * kPacketCost;
  t.count.send_memory.set(75 * kPacketCost + 1);
  tune_send_buffer(t.tcb, 100'000, t.env);
  EXPECT_EQ(t.tcb.snd_buffer, 10 * kPacketCost);
  t.count.send_memory.set(75 * kPacketCost);
  tune_send_buffer(t.tcb, 100'000, t.env);
  EXPECT_GT(t.tcb.snd_buffer, 10 * kPacketCost);
  t.count.send_memory.set(0);
}

}  // namespace
}  // namespace millrace::tcp
