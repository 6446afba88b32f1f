#include "fixture.h"

#include <fmt/format.h>

#include <cstring>

#include "tcp/close.h"
#include "tcp/isn.h"
#include "tcp/listen.h"
#include "tcp/output.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/segment_arrives.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

constexpr Time kStart = time_from_ns(1'000'000'000'000);
constexpr Duration kExactTick = nanoseconds{std::int64_t{1} << timer::kTickShift};

std::string to_text(const Event& event) {
  std::string text = kEventNames[static_cast<std::size_t>(event.kind)];
  if (event.bytes != 0) text += fmt::format(" {}", event.bytes);
  if (event.kind == EventKind::SoftError) text += fmt::format(": {}", to_string(event.soft_error));
  if ((event.kind == EventKind::Closed || event.kind == EventKind::Ended))
    text += fmt::format(": {}", to_string(event.reason));
  return text;
}

}  // namespace

pkt::PacketPool& SegmentTest::data_pool() {
  static pkt::PacketPool pool{{"segment-data", 1023, 2048, 0}};
  return pool;
}

pkt::PacketPool& SegmentTest::control_pool() {
  static pkt::PacketPool pool{{"segment-control", 1023, 512, 0}};
  return pool;
}

SegmentTest::SegmentTest(const TableLimits& size)
    : wheel(kStart),
      limits(size),
      departures(limits.connections, kStart),
      table(limits, {}, wheel),
      ages(table.time_waits),
      ready(table.tcbs),
      event_list(table.tcbs),
      env{kStart,          config,      wheel,      departures, table,          listeners,     ages,
          reassemblies,    ready,       event_list, out,        control_pool(), data_pool(),   count,
          challenge_limit, entry_limit, random,     paths,      1500,           Pressure::None} {
  config.congestion_control = cc::Algorithm::NewReno;  // whose numbers are easy to say
  const std::array<std::uint8_t, 16> remote = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  key = {remote, 2, 0, 50000, 80};
}

SegmentTest::~SegmentTest() = default;

void SegmentTest::TearDown() {
  EXPECT_TRUE(out.segments().empty()) << "segments that no expectation looked at";
  for (OutSegment& segment : out.segments()) segment.packet->free();
  nic_releases();
  give_back();
  (void)batch.collect(env);
  batch.done(env);
  for (std::uint32_t i = 0; i < table.tcbs.touched(); ++i) {
    if ((table.generation(i) & 1) == 0) continue;
    drop_reassembly(table.tcbs[i], env);
    clear_receive_queue(table.tcbs[i], env);
    clear_send_queue(table.tcbs[i], env);
    give_back_growth(table.tcbs[i], env);
    table.release(table.tcbs[i]);
  }
  EXPECT_EQ(count.receive_memory.get(), 0u);
  EXPECT_EQ(count.receive_granted.get(), 0u);
  EXPECT_EQ(count.send_memory.get(), 0u);
  EXPECT_EQ(data_pool().available(), data_pool().size());
  EXPECT_EQ(control_pool().available(), control_pool().size());
  EXPECT_EQ(reassemblies.used(), 0u);
  EXPECT_EQ(table.rare_parts.used(), 0u);
  EXPECT_EQ(table.senders.used(), 0u);
  EXPECT_EQ(table.sent_segments.used(), 0u);
  EXPECT_EQ(table.accecns.used(), 0u);
}

Tcb& SegmentTest::tcb() { return table.tcbs[index_]; }

std::uint32_t SegmentTest::lost_from() {
  const SentSegment* const segment = retransmission_due(sender());
  return segment == nullptr ? 0 : segment->seq - iss_;
}

void SegmentTest::connect(const OpenOptions& options) {
  Tcb* made = open_active(key, options, env);
  ASSERT_NE(made, nullptr);
  index_ = table.tcbs.index_of(*made);
  iss_ = made->iss;
}

void SegmentTest::finish_handshake(const Peer& peer) {
  Seg answer = seg().seq(0).ack(1).syn().mss(peer.mss).wnd(peer.window);
  if (peer.wscale) answer.wscale(*peer.wscale);
  if (peer.sack) answer.sack_ok();
  if (peer.ts) answer.ts(*peer.ts, timestamp_clock(env.now) + tcb().ts_offset);
  arrives(answer);
  drain();
}

void SegmentTest::given(State wanted, const Peer& peer, const UserOptions& options) {
  OpenOptions open;
  static_cast<UserOptions&>(open) = options;
  connect(open);
  drain();
  if (wanted == State::SynSent) return;
  if (wanted == State::SynReceived) {
    Seg crossing = seg().seq(0).syn().no_ack().mss(peer.mss).wnd(peer.window);
    if (peer.ts) crossing.ts(*peer.ts);
    arrives(crossing);
    drain();
    return state(wanted);
  }
  finish_handshake(peer);
  const bool peer_first = wanted == State::CloseWait || wanted == State::LastAck;
  if (peer_first) arrives(seg().fin());
  const bool ours = wanted != State::Established && wanted != State::CloseWait;
  if (peer_first) drain();
  if (ours) app_shuts_down();
  drain();
  if (wanted == State::FinWait2 || wanted == State::TimeWait) arrives(seg());
  if (wanted == State::Closing) arrives(seg().ack(1).fin());
  if (wanted == State::TimeWait) arrives(seg().fin());
  drain();
  if (wanted != State::TimeWait) state(wanted);
}

void SegmentTest::given_sent(std::uint32_t bytes, const Peer& peer, const UserOptions& options) {
  given(State::Established, peer, options);
  app_sends(bytes);
  drain();
  ASSERT_EQ(tcb().flight_size(), bytes);
}

void SegmentTest::given_listener(const UserOptions& options, std::uint32_t half_open_limit) {
  ListenOptions listen;
  static_cast<UserOptions&>(listen) = options;
  listen.half_open_limit = half_open_limit;
  given_listener_with(listen);
}

void SegmentTest::given_listener_with(const ListenOptions& options) {
  Listener listener;
  listener.port = key.local_port;
  listener.options = options;
  ASSERT_EQ(listeners.add(listener), 0);
  iss_ = initial_sequence_number(key, env.now, config.isn_secret);
}

void SegmentTest::given_half_open(const Peer& peer, const UserOptions& options) {
  given_listener(options);
  Seg first = seg().seq(0).syn().no_ack().mss(peer.mss).wnd(peer.window);
  if (peer.wscale) first.wscale(*peer.wscale);
  if (peer.sack) first.sack_ok();
  if (peer.ts) first.ts(*peer.ts);
  arrives(first);
  counted(Outcome::AnsweredSyn);
  drain();
}

void SegmentTest::given_accepted(const Peer& peer, const UserOptions& options) {
  given_half_open(peer, options);
  Seg third = seg().seq(1).ack(1).wnd(peer.window);
  if (peer.ts) third.ts(*peer.ts);
  arrives(third);
  drain();
  state(State::Established);
}

pkt::Packet* SegmentTest::text_packets(const Seg& seg, std::uint32_t first) {
  pkt::Packet* head = nullptr;
  const std::vector<std::uint32_t> parts = seg.buffers.empty() ? std::vector{seg.length} : seg.buffers;
  for (const std::uint32_t length : parts) {
    pkt::Packet* packet = data_pool().alloc();
    const std::string text = text_from(first, length);
    std::memcpy(packet->append(static_cast<std::uint16_t>(length)), text.data(), length);
    first += length;
    if (head == nullptr)
      head = packet;
    else
      pkt::chain(*head, *packet);
  }
  return head;
}

void SegmentTest::arrives(const Seg& seg) {
  const flow::FlowRef ref = table.flows.find(key);
  const bool to_tcb = ref != flow::kNoFlow && kind_of(ref) == kKindTcb;
  Segment segment;
  segment.key = key;
  segment.seq = seg.seq_ ? rcv(*seg.seq_) : to_tcb ? tcb().rcv_nxt : irs_;
  segment.ack = seg.ack_ ? snd(*seg.ack_) : to_tcb ? tcb().snd_nxt : iss_;
  segment.ctl.bits = seg.bits;
  segment.ctl.set_ace(seg.ace_);
  segment.ecn = static_cast<std::uint8_t>(seg.ecn_);
  segment.wnd = seg.window;
  segment.up = seg.up;
  segment.len = seg.length;
  segment.options = seg.options;
  for (const auto& [left, right] : seg.sacks)
    segment.options.sack[segment.options.sack_count++] = {snd(left), snd(right)};
  if (to_tcb && tcb().has(kTimestamps) && !seg.options.has_timestamps && !seg.no_timestamps) {
    segment.options.has_timestamps = true;
    segment.options.ts_val = tcb().ts_recent;
    segment.options.ts_ecr = timestamp_clock(env.now) + tcb().ts_offset;
  }
  segment.packet = text_packets(seg, segment.seq - irs_ + (segment.ctl.syn() ? 1 : 0));
  last_outcome_ = dispatch(segment);
  ++count.outcome[static_cast<std::size_t>(last_outcome_)];
  if (segment.packet != nullptr) segment.packet->free();
}

/// As the shard does it.
Outcome SegmentTest::dispatch(Segment& segment) {
  const flow::FlowRef ref = table.flows.find(segment.key);
  if (ref != flow::kNoFlow && kind_of(ref) == kKindTimeWait)
    return note_connection(time_wait_arrives(index_of(ref), segment, env), segment);
  if (ref == flow::kNoFlow) {
    const std::uint16_t listener = listeners.find(segment.key.local_index, segment.key.local_port);
    if (listener == kNoListener) return closed_arrives(segment, env);
    return note_connection(listen_arrives(listener, segment, env), segment);
  }
  if (kind_of(ref) == kKindTcb) return segment_arrives(table.tcbs[index_of(ref)], segment, env);
  return note_connection(half_open_arrives(index_of(ref), segment, env), segment);
}

/// If a handshake completed, its connection is the test's from now on.
Outcome SegmentTest::note_connection(Outcome outcome, const Segment& segment) {
  const flow::FlowRef now = table.flows.find(segment.key);
  if (now != flow::kNoFlow && kind_of(now) == kKindTcb) index_ = index_of(now);
  return outcome;
}

void SegmentTest::elapse(Duration d) {
  env.now += d;
  const auto fire = [this](timer::TimerId id) {
    if (id.kind() == kKindTcb)
      on_timer(table.tcbs[id.index()], env);
    else if (id.kind() == kKindTimeWait)
      on_time_wait_timer(env);
    else
      on_half_open_timer(id.index(), env);
  };
  for (int i = 0; i < 8; ++i) wheel.advance(env.now, 64, fire);
  departures.advance(64, env);
}

void SegmentTest::quiet_for(Duration d) {
  const Time end = env.now + d;
  elapse(d - 2 * kExactTick);
  SCOPED_TRACE("too early");
  sends_nothing();
  no_events();
  elapse(end - env.now);
}

std::size_t SegmentTest::app_sends(std::uint32_t bytes) {
  const std::string text = text_from(1 + app_sent_, bytes);
  const std::size_t taken = send_copy(tcb(), std::as_bytes(std::span{text}), env);
  app_sent_ += static_cast<std::uint32_t>(taken);
  return taken;
}

void SegmentTest::app_reads(std::uint32_t bytes) {
  std::string text;
  for (pkt::Packet* p = tcb().rcv_queue.front(); p != nullptr; p = pkt::PacketQueue::next(*p)) {
    const auto slice = p->slice();
    text.append(reinterpret_cast<const char*>(slice.data()), slice.size());
  }
  ASSERT_LE(bytes, text.size());
  EXPECT_EQ(text.substr(0, bytes), text_from(1 + app_read_, bytes));
  app_read_ += bytes;
  consume(tcb(), bytes, env);
}

void SegmentTest::run_output() {
  while (Tcb* owing = ready.pop()) {
    if (output(*owing, env)) {
      ready.push(*owing);
      break;
    }
    release_if_unreferenced(*owing, env);
  }
}

std::vector<Sent> SegmentTest::take_sent() {
  run_output();
  std::vector<Sent> sent;
  for (OutSegment& segment : out.segments()) {
    sent.push_back(read_sent(*segment.packet));
    sent.back().key = {segment.remote, segment.local_index, 0, sent.back().header.destination_port,
                       sent.back().header.source_port};
    sent.back().ecn = segment.ecn;
    if (nic_holds_)
      at_nic_.push_back(segment.packet);
    else
      segment.packet->free();
  }
  out.clear();
  return sent;
}

void SegmentTest::expect_sent(const std::vector<std::string>& expected) {
  std::vector<std::string> lines;
  const std::uint32_t ts_now = timestamp_clock(env.now) + timestamp_offset(key, config.isn_secret);
  for (const Sent& sent : take_sent()) {
    lines.push_back(test::to_text(sent, iss_, irs_, ts_now));
    EXPECT_EQ(sent.key, key);
  }
  EXPECT_EQ(lines, expected);
}

void SegmentTest::expect_events(const std::vector<std::string>& expected) {
  std::vector<std::string> lines;
  for (const Event& event : batch.collect(env)) {
    lines.push_back(to_text(event));
    EXPECT_EQ(event.connection.shard, 3);
    EXPECT_NE(table.find(event.connection.index, event.connection.generation), nullptr);
  }
  batch.done(env);
  EXPECT_EQ(lines, expected);
}

void SegmentTest::drain() {
  (void)take_sent();
  (void)batch.collect(env);
  batch.done(env);
}

void SegmentTest::state(State expected) { EXPECT_EQ(to_string(tcb().state), to_string(expected)); }

void SegmentTest::counted(Outcome expected) { EXPECT_EQ(to_string(last_outcome_), to_string(expected)); }

void SegmentTest::expect_deadline(Tick tick, Duration d) {
  EXPECT_EQ(tick, to_tick(env.now + d)) << "is " << to_ns(to_time(tick, env.now) - env.now) << " ns";
  ASSERT_TRUE(tcb().timer.armed());
  EXPECT_LE(static_cast<std::int32_t>(tcb().timer.tick - tick), 0) << "the wheel fires later";
}

void SegmentTest::deadline(Tick Tcb::*which, Duration d) { expect_deadline(tcb().*which, d); }

void SegmentTest::deadline(DeadlineOf which, Duration d) { expect_deadline(which(tcb(), table), d); }

void SegmentTest::no_deadline(DeadlineOf which) { EXPECT_EQ(which(tcb(), table), 0u); }

void SegmentTest::no_deadline(Tick Tcb::*which) { EXPECT_EQ(tcb().*which, 0u); }

void SegmentTest::nothing_left() {
  drain();
  drain();
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(table.time_waits.used(), 0u);
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(wheel.pending(), 0u);
  EXPECT_EQ(count.established.get(), 0u);
  EXPECT_EQ(count.orphans.get(), 0u);
}

void SegmentTest::empty_pool(pkt::PacketPool& pool, std::uint32_t left) {
  while (pool.available() > left) hoard_.push_back(pool.alloc());
}

void SegmentTest::give_back() {
  for (pkt::Packet* packet : hoard_) packet->free();
  hoard_.clear();
}

void SegmentTest::nic_releases() {
  for (pkt::Packet* packet : at_nic_) packet->free();
  at_nic_.clear();
  nic_holds_ = false;
}

void SegmentTest::hold_window() {
  pkt::Packet* packet = env.data.alloc();
  ASSERT_NE(packet, nullptr);
  *packet->append(1) = std::byte{'x'};
  packet->data_to_slice();
  append_to_receive_queue(tcb(), *packet, env);
  env.pressure = Pressure::Windows;
}

}  // namespace millrace::tcp::test
