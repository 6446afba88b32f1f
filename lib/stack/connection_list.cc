// One slice of the tables per turn. A Tcb is in use when its generation is odd, a TIME-WAIT or half-open entry when its
// timer is armed. Between two slices connections come and go: a page is no snapshot.
#include "stack/connection_list.h"

#include <algorithm>

#include "stack/shard.h"
#include "tcp/timers.h"

namespace millrace::stack {
namespace {

constexpr unsigned kKinds = 3;

Endpoints ends_of(const Shard& shard, const flow::FlowKey& key) {
  return {shard.ip_config().addresses[key.local_index].ip, wire::IpAddress{key.remote_address}, key.local_port,
          key.remote_port};
}

Duration left(tcp::Tick tick, Time now) noexcept {
  return tick == 0 ? Duration{-1} : std::max(tcp::to_time(tick, now) - now, Duration{0});
}

Duration left(const timer::Node& node, Time now) noexcept {
  return std::max(tcp::to_time(node.tick, now) - now, Duration{0});
}

void describe(const tcp::Tcb& tcb, const tcp::Env& env, ConnectionRow& row) noexcept {
  row.active = tcb.has(tcp::kActiveOpen);
  row.flags = tcb.flags;
  row.age = env.now - tcb.opened;
  row.recv_q = tcb.rcv_queue.bytes();
  row.send_q = tcb.snd_queue.bytes();
  row.flight = tcb.flight_size();
  row.timers = {left(tcb.rexmit_at, env.now), left(tcb.delayed_ack_at, env.now),
                left(tcp::idle_at(tcb, env.table), env.now), left(tcb.user_at, env.now)};
  row.rto = tcb.rtt.rto(env.config);
  row.srtt_us = tcb.rtt.srtt_us;
  row.rttvar_us = tcb.rtt.srtt_us == 0 ? 0 : tcb.rtt.rttvar_us;  // without a sample it is a mark
  row.backoff = tcb.rtt.backoff;
  row.mss = tcb.smss;
  row.snd_wnd = tcb.snd_wnd;
  row.rcv_wnd = tcb.rcv_wnd();
  row.snd_wscale = tcb.snd_wscale;
  row.rcv_wscale = tcb.rcv_wscale;
  row.bytes_in = tcb.bytes_in;
  row.bytes_out = tcb.bytes_out;
  row.sending = tcp::sending_facts(tcb, env.table);
  row.cwnd = row.sending.cwnd;
  row.ssthresh = row.sending.ssthresh;
  row.retransmits = row.sending.retransmits;
}

/// False when nothing is in use at that place, or it is closed and only waits for its application.
bool look(const Shard& shard, tcp::Kind kind, std::uint32_t index, ConnectionRow& row) {
  const tcp::ConnectionTable& table = shard.table();
  const tcp::Env& env = shard.env();
  if (kind == tcp::kKindTcb) {
    if ((table.generation(index) & 1) == 0) return false;
    const tcp::Tcb& tcb = table.tcbs[index];
    if (tcb.state == tcp::State::Closed) return false;
    row.ends = ends_of(shard, tcb.key);
    row.state = tcb.state;
    describe(tcb, env, row);
    return true;
  }
  constexpr auto kUser = static_cast<std::size_t>(ListedTimer::User);
  if (kind == tcp::kKindTimeWait) {
    const tcp::TimeWait& entry = table.time_waits[index];
    if (entry.ends_at == 0) return false;
    row.ends = ends_of(shard, entry.key);
    row.state = tcp::State::TimeWait;
    row.timers[kUser] = left(entry.ends_at, env.now);
    return true;
  }
  const tcp::HalfOpen& half = table.half_opens[index];
  if (!half.timer.armed()) return false;
  row.ends = ends_of(shard, half.key);
  row.state = tcp::State::SynReceived;
  row.timers[static_cast<std::size_t>(ListedTimer::Retransmit)] = left(half.timer, env.now);
  row.backoff = half.retries;
  return true;
}

std::uint32_t touched(const tcp::ConnectionTable& table, tcp::Kind kind) noexcept {
  if (kind == tcp::kKindTcb) return table.tcbs.touched();
  return kind == tcp::kKindTimeWait ? table.time_waits.touched() : table.half_opens.touched();
}

}  // namespace

bool ListFilter::matches(const Endpoints& ends, tcp::State state) const noexcept {
  if ((states >> static_cast<unsigned>(state) & 1) == 0) return false;
  const auto passes = [](const auto& list, const auto& local, const auto& remote) {
    return list.empty() ||
           std::any_of(list.begin(), list.end(), [&](const auto& one) { return one == local || one == remote; });
  };
  return passes(ports, ends.local_port, ends.remote_port) && passes(hosts, ends.local, ends.remote);
}

TaskState fill_page(const Shard& shard, const ListFilter& filter, std::size_t most, ConnectionPage& page) {
  for (std::uint32_t looked = 0; looked < kListSlice && page.rows.size() < most && !page.end;) {
    const tcp::Kind kind = tcp::kind_of(page.cursor);
    const std::uint32_t index = tcp::index_of(page.cursor);
    if (static_cast<unsigned>(kind) >= kKinds) {
      page.end = true;
    } else if (index >= touched(shard.table(), kind)) {
      page.cursor = tcp::make_ref(static_cast<tcp::Kind>(kind + 1), 0);
    } else {
      ConnectionRow row;
      row.place = page.cursor++;
      if (look(shard, kind, index, row) && filter.matches(row.ends, row.state)) page.rows.push_back(row);
      ++looked;
    }
  }
  return page.end || page.rows.size() >= most ? TaskState::Done : TaskState::Again;
}

TaskState fill_page(const Shard& shard, const tcp::ClosedLog& log, const ListFilter& filter, std::size_t most,
                    ClosedPage& page) {
  page.cursor = std::max(page.cursor, log.first());
  if (!page.log_end) page.log_end = log.end();
  const std::uint64_t end = std::min(*page.log_end, log.end());
  for (std::uint32_t looked = 0; looked < kListSlice && page.cursor < end && page.rows.size() < most; ++looked) {
    const tcp::Closed& entry = log[page.cursor];
    const Endpoints ends = ends_of(shard, entry.key);
    if (filter.matches(ends, entry.state)) page.rows.push_back({page.cursor, ends, entry});
    ++page.cursor;
  }
  page.end = page.cursor >= end;
  return page.end || page.rows.size() >= most ? TaskState::Done : TaskState::Again;
}

}  // namespace millrace::stack
