// Each call looks its Tcb up by index and generation, so a stale handle finds nothing and does nothing. What a call
// means is decided in tcp/user_calls and tcp/send_queue; here are only the limits that an application may rely on: no
// more is consumed than is readable, and bytes move between connections of one worker only.
#include "api/connection.h"

#include <algorithm>
#include <cstring>

#include "stack/shard.h"
#include "tcp/send_queue.h"
#include "tcp/sending_facts.h"
#include "tcp/soft_error.h"
#include "tcp/state.h"
#include "tcp/urgent.h"
#include "tcp/user_calls.h"

namespace millrace::api {
namespace {

tcp::Tcb* tcb_of(stack::Shard* shard, const ConnectionId& id) noexcept {
  return shard == nullptr ? nullptr : shard->find(id);
}

}  // namespace

bool Connection::valid() const noexcept { return tcb_of(shard_, id_) != nullptr; }

void Connection::set_user(std::uint64_t user) noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcb->user = user;
}

void Connection::set_options(const ConnectionOptions& options) noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::set_options(*tcb, options, shard_->env());
}

std::size_t Connection::send(std::span<const std::byte> bytes) noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcp::send_copy(*tcb, bytes, shard_->env());
}

std::size_t Connection::send_urgent(std::span<const std::byte> bytes) noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcp::send_urgent(*tcb, bytes, shard_->env());
}

std::size_t Connection::send_room() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcp::send_room(*tcb, shard_->env());
}

bool Connection::ask_room(std::uint32_t most_unsent) noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb != nullptr && tcp::ask_room(*tcb, most_unsent);
}

void Connection::set_cork(bool on) noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::set_cork(*tcb, on, shard_->env());
}

void Connection::acknowledge_now() noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::acknowledge_now(*tcb, shard_->env());
}

std::size_t Connection::unacknowledged() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcb->snd_queue.bytes();
}

std::size_t Connection::readable() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcb->rcv_queue.bytes();
}

std::size_t Connection::urgent() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? 0 : tcp::urgent_left(*tcb, shard_->env());
}

std::span<const std::byte> Connection::peek() const noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  if (tcb == nullptr || tcb->rcv_queue.empty()) return {};
  return tcb->rcv_queue.front()->slice();
}

std::size_t Connection::peek(std::size_t skip, std::span<std::byte> out) const noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  if (tcb == nullptr) return 0;
  std::size_t copied = 0;
  for (pkt::Packet* packet = tcb->rcv_queue.front(); packet != nullptr && copied < out.size();
       packet = pkt::PacketQueue::next(*packet)) {
    auto here = std::span<const std::byte>{packet->slice()};
    const std::size_t passed = std::min(skip, here.size());
    skip -= passed;
    here = here.subspan(passed);
    const std::size_t n = std::min(here.size(), out.size() - copied);
    if (n > 0) std::memcpy(out.data() + copied, here.data(), n);
    copied += n;
  }
  return copied;
}

void Connection::consume(std::size_t n) noexcept {
  tcp::Tcb* tcb = tcb_of(shard_, id_);
  if (tcb == nullptr) return;
  tcp::consume(*tcb, static_cast<std::uint32_t>(std::min<std::size_t>(n, tcb->rcv_queue.bytes())), shard_->env());
}

std::size_t Connection::receive(std::span<std::byte> out) noexcept {
  std::size_t copied = 0;
  while (copied < out.size()) {
    const auto here = peek();
    if (here.empty()) break;
    const std::size_t n = std::min(here.size(), out.size() - copied);
    std::memcpy(out.data() + copied, here.data(), n);
    copied += n;
    consume(n);
  }
  return copied;
}

bool Connection::at_end() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb != nullptr && tcb->has(tcp::kPeerFin) && tcb->rcv_queue.empty();
}

CloseRule Connection::ended_by() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb != nullptr && tcb->state == tcp::State::Closed ? tcb->rule : CloseRule::None;
}

std::size_t Connection::transfer_to(const Connection& to) noexcept {
  tcp::Tcb* from_tcb = tcb_of(shard_, id_);
  tcp::Tcb* to_tcb = tcb_of(to.shard_, to.id_);
  if (from_tcb == nullptr || to_tcb == nullptr || shard_ != to.shard_) return 0;
  return tcp::transfer(*from_tcb, *to_tcb, shard_->env());
}

void Connection::shutdown() noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::shutdown_send(*tcb, shard_->env());
}

void Connection::close() noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::close(*tcb, shard_->env());
}

void Connection::abort(CloseRule rule) noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::abort(*tcb, shard_->env(), rule);
}

void Connection::abort_after_data(CloseRule rule) noexcept {
  if (tcp::Tcb* tcb = tcb_of(shard_, id_)) tcp::abort_after_data(*tcb, shard_->env(), rule);
}

SoftError Connection::last_soft_error() const noexcept {
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  return tcb == nullptr ? SoftError::None : tcp::last_soft_error(*tcb, shard_->env());
}

ConnectionInfo Connection::info() const {
  ConnectionInfo info;
  const tcp::Tcb* tcb = tcb_of(shard_, id_);
  if (tcb == nullptr) return info;
  info.local = {shard_->ip_config().addresses[tcb->key.local_index].ip, tcb->key.local_port};
  info.remote = {IpAddress{tcb->key.remote_address}, tcb->key.remote_port};
  info.state = tcp::to_string(tcb->state);
  info.receive_queue = tcb->rcv_queue.bytes();
  info.send_queue = tcb->snd_queue.bytes();
  const tcp::SendingFacts facts = tcp::sending_facts(*tcb, shard_->table());
  info.congestion_control = cc::to_string(facts.algorithm);
  info.phase = tcp::to_string(facts.phase);
  info.ssthresh = facts.ssthresh;
  info.pacing_rate = facts.pacing_rate;
  info.delivery_rate = facts.delivery_rate;
  info.min_rtt_us = facts.min_rtt.count() < 0 ? 0 : static_cast<std::uint32_t>(to_us(facts.min_rtt));
  info.lost = facts.lost;
  info.dsacks = facts.dsacks;
  info.reordering_seen = facts.reordering_seen;
  info.cwnd = facts.cwnd;
  info.rtt_us = tcb->rtt.srtt_us;
  info.rto_us = static_cast<std::uint32_t>(to_us(tcb->rtt.rto(shard_->env().config)));
  info.retransmits = facts.retransmits;
  info.bytes_in = tcb->bytes_in;
  info.bytes_out = tcb->bytes_out;
  info.age = shard_->env().now - tcb->opened;
  return info;
}

}  // namespace millrace::api
