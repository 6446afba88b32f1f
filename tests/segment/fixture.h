// One connection (or listener) of lib/tcp between a test that plays the network and a test that plays the application:
// everything of tcp::Env on a clock that the test moves, no IP, no shard.
//
// Every test ends with full pools. Segments that were sent and that no expectation looked at fail the test.
#pragma once

#include <gtest/gtest.h>
#include <array>

#include <span>
#include <string>
#include <vector>

#include "dsl.h"
#include "tcp/env.h"
#include "tcp/event_batch.h"
#include "tcp/icmp.h"
#include "tcp/recovery.h"
#include "tcp/sending_facts.h"
#include "tcp/timers.h"
#include "tcp/user_calls.h"

namespace millrace::tcp::test {

/// By EventKind.
inline constexpr std::array kEventNames = {"Accepted",       "Connected",  "SoftError", "Urgent", "Readable",
                                           "ReceiveTimeout", "PeerClosed", "Writable",  "Ended",  "Closed"};

/// Of the wheel, rounded up.
inline constexpr Duration kTick = microseconds{17};

class SegmentTest : public testing::Test {
 protected:
  explicit SegmentTest(const TableLimits& size = {8, 4, 8});
  ~SegmentTest() override;
  void TearDown() override;

  // Beginnings.
  /// A connection in `state`, opened actively towards `peer`; nothing owed, no event unread.
  void given(State state, const Peer& peer = {}, const UserOptions& options = {});
  /// ESTABLISHED with `bytes` sent as segments, nothing acknowledged.
  void given_sent(std::uint32_t bytes, const Peer& peer = {}, const UserOptions& options = {});
  void given_listener(const UserOptions& options = {}, std::uint32_t half_open_limit = 8);
  void given_listener_with(const ListenOptions& options);
  /// The listener's answer to a SYN was sent.
  void given_half_open(const Peer& peer = {}, const UserOptions& options = {});
  /// ESTABLISHED from the listener.
  void given_accepted(const Peer& peer = {}, const UserOptions& options = {});
  void connect(const OpenOptions& options = {});

  // What happens.
  void arrives(const Seg& seg);
  /// Moves the clock at once and fires what is due.
  void elapse(Duration d);
  /// Nothing is sent and nobody is told anything before now + d, less two ticks; then the clock stands at now + d.
  void quiet_for(Duration d);
  /// The application sends the next `bytes` of its stream; returns what was taken.
  std::size_t app_sends(std::uint32_t bytes);
  /// The application reads and checks `bytes`.
  void app_reads(std::uint32_t bytes);
  void app_shuts_down() { shutdown_send(tcb(), env); }
  void app_closes() { close(tcb(), env); }

  // What must follow.
  template <class... Lines>
  void sends(const Lines&... lines) {
    static_assert(sizeof...(lines) > 0, "say sends_nothing()");
    expect_sent({std::string{lines}...});
  }
  void sends_nothing() { expect_sent({}); }
  template <class... Lines>
  void events(const Lines&... lines) {
    static_assert(sizeof...(lines) > 0, "say no_events()");
    expect_events({std::string{lines}...});
  }
  void no_events() { expect_events({}); }
  void state(State expected);
  void counted(Outcome expected);
  /// The deadline is set to exactly now + d.
  void deadline(Tick Tcb::*which, Duration d);
  void no_deadline(Tick Tcb::*which);
  /// The same of a deadline that lies elsewhere: loss_at, idle_at.
  using DeadlineOf = Tick (*)(const Tcb&, const ConnectionTable&) noexcept;
  void deadline(DeadlineOf which, Duration d);
  void no_deadline(DeadlineOf which);
  /// No connection, entry, flow or timer is left.
  void nothing_left();

  /// Sends what is owed and forgets it: for the beginnings of a test.
  void drain();
  /// Pressure and one unread byte from before: the right edge moves no more.
  void hold_window();
  /// The connection's own output, read; for what sends() does not show.
  std::vector<Sent> take_sent();

  [[nodiscard]] Tcb& tcb();
  /// Its sending part; it has sent data.
  [[nodiscard]] Sender& sender() { return *table.find_sender(tcb()); }
  /// SEG.SEQ of what is to be sent again first, relative; 0: nothing.
  [[nodiscard]] std::uint32_t lost_from();
  [[nodiscard]] SeqNum snd(std::uint32_t n) const { return iss_ + n; }
  [[nodiscard]] SeqNum rcv(std::uint32_t n) const { return irs_ + n; }
  /// What relative numbers count from, when the test and not the stack knows it.
  void set_iss(SeqNum iss) { iss_ = iss; }
  [[nodiscard]] static pkt::PacketPool& data_pool();
  [[nodiscard]] static pkt::PacketPool& control_pool();
  /// Takes all but `left` packets of a pool, until give_back().
  void empty_pool(pkt::PacketPool& pool, std::uint32_t left = 0);
  void give_back();
  void nic_holds() { nic_holds_ = true; }
  void nic_releases();

  TcpConfig config;
  timer::Wheel wheel;
  TableLimits limits;
  Departures departures;
  ConnectionTable table;
  Listeners listeners;
  base::Slab<Reassembly> reassemblies{4};
  TimeWaitAges ages;
  ReadyList ready;
  EventList event_list;
  OutList out{64};
  TcpCounters count;
  ChallengeLimit challenge_limit;
  ChallengeLimit entry_limit;
  base::Random random{1};
  Paths paths{{}};
  EventBatch batch{3, 64};
  Env env;
  flow::FlowKey key;

 private:
  Outcome dispatch(Segment& segment);
  Outcome note_connection(Outcome outcome, const Segment& segment);
  pkt::Packet* text_packets(const Seg& seg, std::uint32_t first);
  void expect_deadline(Tick tick, Duration d);
  void finish_handshake(const Peer& peer);
  void expect_sent(const std::vector<std::string>& expected);
  void expect_events(const std::vector<std::string>& expected);
  void run_output();

  SeqNum iss_;
  SeqNum irs_{0xffff'f800};  ///< the peer's numbers wrap early
  std::uint32_t index_ = base::kNoIndex;
  std::uint32_t app_sent_ = 0;
  std::uint32_t app_read_ = 0;
  Outcome last_outcome_ = Outcome::Count;
  bool nic_holds_ = false;
  std::vector<pkt::Packet*> at_nic_;
  std::vector<pkt::Packet*> hoard_;
};

}  // namespace millrace::tcp::test
