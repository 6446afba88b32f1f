// Numbers of a Tcb, in the application's units.
#include "api/details.h"

#include "api/connection.h"
#include "stack/shard.h"
#include "tcp/fast_open_client.h"
#include "tcp/send_queue.h"
#include "tcp/sending_facts.h"

namespace millrace::api {
namespace {

constexpr std::uint32_t kHeaders4 = 40;  // IPv4 and TCP, without options
constexpr std::uint32_t kHeaders6 = 60;

void add_path(ConnectionDetails& details, const tcp::Tcb& tcb, const stack::Shard& shard) noexcept {
  details.send_mss = tcp::payload_limit(tcb);
  details.receive_mss = tcb.rmss;
  details.path_mtu = tcb.has(tcp::kSmallerMss) ? tcb.smss + (tcb.is_v4() ? kHeaders4 : kHeaders6) : shard.env().mtu;
  details.send_scale = tcb.snd_wscale;
  details.receive_scale = tcb.rcv_wscale;
  details.timestamps = tcb.has(tcp::kTimestamps);
  details.sack = tcb.has(tcp::kSackPermitted);
  details.window_scaling = tcb.has(tcp::kWindowScaling);
}

void add_sending(ConnectionDetails& details, const tcp::Tcb& tcb, const stack::Shard& shard) noexcept {
  details.in_recovery = tcb.phase == cc::Phase::Recovery;
  details.in_loss = tcb.phase == cc::Phase::Loss;
  details.backoff = tcb.rtt.backoff;
  details.rto_us = static_cast<std::uint32_t>(to_us(tcb.rtt.rto(shard.env().config)));
  details.rtt_us = tcb.rtt.srtt_us;
  details.rttvar_us = tcb.rtt.rttvar_us;
  details.in_flight = tcb.flight_size();
  details.unsent = tcp::unsent(tcb);
  details.send_window = tcb.snd_wnd;
  details.receive_window = tcb.rcv_wnd();
  details.receive_buffer = tcb.rcv_buffer;
  details.send_buffer = tcb.snd_buffer;
}

void add_facts(ConnectionDetails& details, const tcp::SendingFacts& facts) noexcept {
  details.congestion_control = facts.algorithm;
  details.lost = facts.lost;
  details.lost_now = facts.outstanding_lost;
  details.sacked_now = facts.outstanding_sacked;
  details.dsacks = facts.dsacks;
  details.cwnd = facts.cwnd;
  details.ssthresh = facts.ssthresh;
  details.retransmits = facts.retransmits;
  details.reordering_seen = facts.reordering_seen;
  details.reordering_us = static_cast<std::uint32_t>(to_us(facts.reordering_window));
  details.min_rtt_us = facts.min_rtt.count() < 0 ? 0 : static_cast<std::uint32_t>(to_us(facts.min_rtt));
  details.pacing_rate = facts.pacing_rate;
  details.delivery_rate = facts.delivery_rate;
  details.app_limited = facts.app_limited;
  details.delivered = facts.delivered;
  details.bytes_sent = facts.bytes_sent;
  details.bytes_sent_again = facts.bytes_sent_again;
  details.data_segments_sent = facts.data_segments_sent;
}

}  // namespace

ConnectionDetails Connection::details() const noexcept {
  ConnectionDetails details;
  const tcp::Tcb* tcb = shard_ == nullptr ? nullptr : shard_->find(id_);
  if (tcb == nullptr) return details;
  details.local = {shard_->ip_config().addresses[tcb->key.local_index].ip, tcb->key.local_port};
  details.remote = {IpAddress{tcb->key.remote_address}, tcb->key.remote_port};
  details.state = tcb->state;
  details.rule = tcb->rule;
  details.syn_waits = tcp::syn_waits(*tcb, shard_->env());
  add_path(details, *tcb, *shard_);
  add_sending(details, *tcb, *shard_);
  add_facts(details, tcp::sending_facts(*tcb, shard_->table()));
  details.bytes_in = tcb->bytes_in;
  details.bytes_out = tcb->bytes_out;
  details.age = shard_->env().now - tcb->opened;
  return details;
}

}  // namespace millrace::api
