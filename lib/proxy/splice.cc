// How one leg's end becomes the other's: FIN after the last byte, reset after the acknowledged bytes. A pair is
// Finished only when both ends were passed on; a leg that closes normally before that left bytes that nobody can
// deliver.
#include "proxy/splice.h"

namespace millrace::proxy {
namespace {

PairEnd end_of(Leg leg, api::CloseReason reason) noexcept {
  const bool client = leg == Leg::Client;
  if (reason == api::CloseReason::ResetByPeer) return client ? PairEnd::ClientReset : PairEnd::UpstreamReset;
  return client ? PairEnd::ClientLost : PairEnd::UpstreamLost;
}

}  // namespace

void Splice::flow(Leg from) noexcept {
  const Leg to = other(from);
  if (!open(from) || !open(to)) return;
  api::Connection source = connection(from);
  api::Connection sink = connection(to);

  const std::size_t moved = source.transfer_to(sink);
  if (moved != 0) {
    pair_.moved += static_cast<std::uint32_t>(moved);
    pair_.last_move = shard_.now();
    (from == Leg::Client ? counters_.bytes_to_upstream : counters_.bytes_to_client).add(moved);
  }
  if (!end_sent(from) && source.at_end()) {
    sink.shutdown();
    end_sent(from) = true;
  }
}

std::optional<PairEnd> Splice::on_closed(Leg leg, api::CloseReason reason) noexcept {
  const Leg rest = other(leg);
  flow(leg);
  open(leg) = false;
  if (ends_in_order(reason)) {
    if (open(rest)) return std::nullopt;
    return PairEnd::Finished;
  }
  reset_after_data(rest);
  // A normal close before both ends were passed on leaves bytes that nobody can deliver any more.
  if (reason == api::CloseReason::Normal) return PairEnd::Truncated;
  return end_of(leg, reason);
}

void Splice::abort(api::CloseRule rule) noexcept {
  abort(Leg::Client, rule);
  abort(Leg::Upstream, rule);
}

void Splice::abort(Leg leg, api::CloseRule rule) noexcept {
  if (!open(leg)) return;
  connection(leg).abort(rule);
  open(leg) = false;
}

void Splice::reset_after_data(Leg leg) noexcept {
  if (!open(leg)) return;
  connection(leg).abort_after_data(api::CloseRule::AppOtherLeg);
  open(leg) = false;
}

std::uint32_t Splice::progress() const noexcept {
  // Bytes received = moved + readable; bytes acknowledged = moved - unacknowledged. Both only grow, so does their sum.
  std::uint32_t sum = 2 * pair_.moved;
  for (const Leg leg : {Leg::Client, Leg::Upstream}) {
    const api::Connection c = connection(leg);
    sum += static_cast<std::uint32_t>(c.readable());
    sum -= static_cast<std::uint32_t>(c.unacknowledged());
  }
  return sum;
}

}  // namespace millrace::proxy
