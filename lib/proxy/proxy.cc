// From event to pair and from pair to action. An event is believed only if the pair is alive, that leg is open and the
// connection is the one it holds: all else is stale and counted. What happens to bytes and ends of a joined pair is
// proxy/splice's; who is next to be tried is proxy/upstream's.
#include "proxy/proxy.h"

#include <algorithm>
#include <cstddef>

#include "proxy/user_tag.h"

namespace millrace::proxy {
namespace {

/// Timers handled per turn; the rest is due again at once.
constexpr std::size_t kTimerBudget = 256;
/// Pairs reset per turn when the drain deadline has passed.
constexpr std::uint32_t kDrainSlice = 1024;
/// How often a draining proxy looks whether the stack's last bytes are out.
constexpr Duration kDrainPoll = milliseconds{1};
/// How long resets may take to leave, after the drain deadline.
constexpr Duration kLastResets = seconds{1};
/// Enough for a burst from every port; more is grown once.
constexpr std::size_t kFreshReserve = 1024;

void set_leg_options(const ProxySettings& settings, api::ConnectionOptions& options) noexcept {
  options.no_delay = true;  // The sender decided when to send; a proxy that waits for more only adds latency.
  options.receive_buffer = settings.receive_buffer;
  options.send_buffer = settings.send_buffer;
}

PairEnds ends_of(api::Shard shard, const Pair& pair) noexcept {
  const auto info = [&](Leg leg) {
    return shard.connection(pair.legs[static_cast<std::size_t>(leg)].on(shard)).info();
  };
  return {info(Leg::Client), info(Leg::Upstream)};
}

}  // namespace

Proxy::Proxy(const ProxySettings& settings, std::uint32_t pair_limit)
    : settings_(settings),
      groups_(settings.upstreams.begin(), settings.upstreams.end()),
      pairs_(pair_limit),
      live_(pair_limit),
      health_(groups_, kProbeTimers) {
  fresh_.reserve(kFreshReserve);
}

std::optional<StartError> Proxy::start(api::Shard shard) noexcept {
  static_assert(offsetof(Pair, timer) == 0);
  wheel_.emplace(shard.now());
  last_turn_ = shard.now();
  wheel_->set_arena(kPairTimers, static_cast<timer::Node*>(pairs_.memory()), pairs_.stride());
  for (const ListenerSettings& listener : settings_.listeners) {
    api::ListenOptions options = listener.options;
    set_leg_options(settings_, options);
    const auto opened = shard.listen(listener.address, options);
    if (!opened) return StartError{listener.address, opened.error()};
    listeners_.push_back(opened.value());
  }
  health_.start(*wheel_, shard.now());
  return std::nullopt;
}

void Proxy::on_events(api::Shard shard, std::span<const api::Event> events) noexcept {
  for (const api::Event& event : events) on_event(shard, event);
  fresh_.clear();
}

void Proxy::on_turn(api::Shard shard, Time now) noexcept {
  if (!wheel_) return;  // the worker turns before it is told to start
  last_turn_ = now;
  wheel_->advance(now, kTimerBudget, [&](timer::TimerId id) {
    if (id.kind() == kPairTimers) return on_pair_timer(shard, pairs_[id.index()], now);
    health_.on_expired(id.index(), shard, *wheel_);
  });
  if (draining_) drain_step(shard, now);
}

std::optional<Time> Proxy::next_deadline() const noexcept {
  std::optional<Time> next;
  if (wheel_) next = wheel_->next_deadline();
  if (!draining_ || drained()) return next;
  const bool waiting = pairs_.used() != 0 && last_turn_ < drain_deadline_;
  const Time look = waiting ? drain_deadline_ : last_turn_ + kDrainPoll;
  return next ? std::min(*next, look) : look;
}

void Proxy::on_event(api::Shard shard, const api::Event& event) noexcept {
  if (event.kind == api::EventKind::Accepted) return on_accepted(shard, event);
  const UserTag tag = UserTag::decode(event.user);
  if (tag.owner == Owner::Pair) return on_pair_event(shard, tag.index, tag.leg, event);
  if (tag.owner == Owner::Nobody) return on_early_event(shard, event);
  if (!health_.on_event(tag.index, event, shard, *wheel_)) ++counters_.stale_events;
}

void Proxy::on_accepted(api::Shard shard, const api::Event& event) noexcept {
  ++counters_.accepted;
  api::Connection client = shard.connection(event.connection);
  const auto listener = std::find(listeners_.begin(), listeners_.end(), event.listener);
  const std::uint32_t index = draining_ || listener == listeners_.end() ? base::kNoIndex : pairs_.take();
  if (index == base::kNoIndex) {
    ++counters_.refused;
    client.abort(draining_ ? api::CloseRule::AppDrain : api::CloseRule::AppLimit);
    return;
  }
  ++counters_.active;
  fresh_.push_back(index);
  live_[index] = true;
  Pair& pair = pairs_[index];
  pair.group = settings_.listeners[static_cast<std::size_t>(listener - listeners_.begin())].upstream;
  pair.legs[static_cast<std::size_t>(Leg::Client)] = LegId::of(event.connection);
  pair.open[static_cast<std::size_t>(Leg::Client)] = true;
  client.set_user(UserTag{Owner::Pair, Leg::Client, index}.encode());
  connect_next(shard, pair);
}

void Proxy::on_early_event(api::Shard shard, const api::Event& event) noexcept {
  // Recorded before Accepted was handled, in the same burst: nothing was stored with the connection then.
  for (const std::uint32_t index : fresh_) {
    if (live_[index] && pairs_[index].legs[static_cast<std::size_t>(Leg::Client)] == LegId::of(event.connection))
      return on_pair_event(shard, index, Leg::Client, event);
  }
  ++counters_.stale_events;
}

void Proxy::on_pair_event(api::Shard shard, std::uint32_t index, Leg leg, const api::Event& event) noexcept {
  const std::size_t side = static_cast<std::size_t>(leg);
  if (index >= live_.size() || !live_[index] || !pairs_[index].open[side] ||
      pairs_[index].legs[side] != LegId::of(event.connection)) {
    ++counters_.stale_events;
    return;
  }
  Pair& pair = pairs_[index];
  if (pair.joined) return while_joined(shard, pair, leg, event);
  while_connecting(shard, pair, leg, event);
}

void Proxy::while_connecting(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept {
  const bool closed = event.kind == api::EventKind::Closed;
  if (leg == Leg::Upstream) {
    if (event.kind == api::EventKind::Connected) return join(shard, pair);
    if (!closed) return;
    pair.open[static_cast<std::size_t>(Leg::Upstream)] = false;
    return connect_failed(shard, pair, event.rule);
  }
  // Bytes and a FIN wait in the client's receive queue until a server has answered.
  if (!closed) return;
  pair.open[static_cast<std::size_t>(Leg::Client)] = false;
  const PairEnds ends = ends_of(shard, pair);
  Splice(pair, shard, counters_).abort(Leg::Upstream, api::CloseRule::AppOtherLeg);
  report_.pair_ended(shard.now(), PairEnd::ClientGone, ends, leg, event.rule);
  end(pair, PairEnd::ClientGone);
}

void Proxy::while_joined(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept {
  Splice splice(pair, shard, counters_);
  switch (event.kind) {
    case api::EventKind::Readable:
    case api::EventKind::Urgent:  // the mark travels on, also before its bytes
    case api::EventKind::PeerClosed:
      return splice.flow(leg);
    case api::EventKind::Writable:
      return splice.flow(other(leg));
    case api::EventKind::Closed:
      return leg_closed(shard, pair, leg, event);
    case api::EventKind::Accepted:
    case api::EventKind::Connected:
    case api::EventKind::SoftError:
    case api::EventKind::ReceiveTimeout:
    case api::EventKind::Ended:
    case api::EventKind::Timer:
      return;
  }
}

void Proxy::leg_closed(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept {
  Splice splice(pair, shard, counters_);
  // Before the other leg is given up; nobody asks about an orderly end.
  const PairEnds ends = splice.ends_in_order(event.reason) ? PairEnds{} : ends_of(shard, pair);
  const auto how = splice.on_closed(leg, event.reason);
  if (!how) return;
  if (*how != PairEnd::Finished) report_.pair_ended(shard.now(), *how, ends, leg, event.rule);
  end(pair, *how);
}

void Proxy::connect_next(api::Shard shard, Pair& pair) noexcept {
  UpstreamGroup& group = groups_[pair.group];
  api::ConnectOptions options;
  static_cast<api::ConnectionOptions&>(options) = group.settings().options;
  set_leg_options(settings_, options);
  options.user = UserTag{Owner::Pair, Leg::Upstream, pairs_.index_of(pair)}.encode();
  while (const auto choice = group.choose(pair.tried)) {
    pair.server = static_cast<std::uint8_t>(*choice);
    pair.tried |= std::uint64_t{1} << *choice;
    const auto opened = group.connect(shard, *choice, options);
    if (opened) {
      pair.legs[static_cast<std::size_t>(Leg::Upstream)] = LegId::of(opened.value().id());
      pair.open[static_cast<std::size_t>(Leg::Upstream)] = true;
      wheel_->arm(timer_of(pair), shard.now() + group.settings().connect_timeout);
      return;
    }
    if (opened.error() == api::Error::TableFull) return refuse(shard, pair);
    ++counters_.connect_failures;
    // What fails on our side says nothing about the server.
    const bool no_port = opened.error() == api::Error::NoPortsLeft;
    ++(no_port ? counters_.connect_no_ports : server_of(pair).failures);
  }
  const PairEnds ends = ends_of(shard, pair);
  Splice(pair, shard, counters_).abort(Leg::Client, api::CloseRule::AppNoServer);
  report_.pair_ended(shard.now(), PairEnd::NoUpstream, ends, Leg::Upstream, api::CloseRule::AppNoServer);
  end(pair, PairEnd::NoUpstream);
}

void Proxy::connect_failed(api::Shard shard, Pair& pair, api::CloseRule why) noexcept {
  report_.connect_failed(shard.now(), groups_[pair.group].settings().name, server_of(pair).address, why);
  ++server_of(pair).failures;
  ++counters_.connect_failures;
  connect_next(shard, pair);
}

void Proxy::join(api::Shard shard, Pair& pair) noexcept {
  pair.joined = true;
  pair.last_move = shard.now();
  ++counters_.connected;
  ++server_of(pair).connections;
  ++server_of(pair).active;
  wheel_->cancel(timer_of(pair));
  if (settings_.idle > Duration{0}) wheel_->arm(timer_of(pair), shard.now() + settings_.idle);
  Splice splice(pair, shard, counters_);
  splice.flow(Leg::Client);
  pair.progress = splice.progress();
}

/// Our own tables are full: that is a limit of ours, and no other server would do better.
void Proxy::refuse(api::Shard shard, Pair& pair) noexcept {
  Splice(pair, shard, counters_).abort(Leg::Client, api::CloseRule::AppLimit);
  ++counters_.refused;
  give_back(pair);
}

void Proxy::end(Pair& pair, PairEnd how) noexcept {
  ++counters_.end(how);
  if (pair.joined) --server_of(pair).active;
  give_back(pair);
}

void Proxy::give_back(Pair& pair) noexcept {
  wheel_->cancel(timer_of(pair));
  --counters_.active;
  const std::uint32_t index = pairs_.index_of(pair);
  live_[index] = false;
  pairs_.give_back(index);
}

void Proxy::on_pair_timer(api::Shard shard, Pair& pair, Time now) noexcept {
  if (pair.joined) return look_for_progress(shard, pair, now);
  ++counters_.connect_timeouts;
  Splice(pair, shard, counters_).abort(Leg::Upstream, api::CloseRule::AppConnectTimeout);
  connect_failed(shard, pair, api::CloseRule::AppConnectTimeout);
}

void Proxy::look_for_progress(api::Shard shard, Pair& pair, Time now) noexcept {
  // A full send queue that drains slowly moves no bytes between the legs, but its acknowledgments are progress.
  Splice splice(pair, shard, counters_);
  const std::uint32_t progress = splice.progress();
  if (now - pair.last_move < settings_.idle) {
    wheel_->arm(timer_of(pair), pair.last_move + settings_.idle);
  } else if (progress != pair.progress) {
    wheel_->arm(timer_of(pair), now + settings_.idle);
  } else {
    const PairEnds ends = ends_of(shard, pair);
    splice.abort(api::CloseRule::AppIdleTimeout);
    report_.pair_ended(now, PairEnd::IdleTimeout, ends, Leg::Client, api::CloseRule::AppIdleTimeout);
    return end(pair, PairEnd::IdleTimeout);
  }
  pair.progress = progress;
}

void Proxy::drain(api::Shard shard, Time deadline) noexcept {
  drain_deadline_ = deadline;
  if (draining_) return;
  draining_ = true;
  for (const std::uint16_t listener : listeners_) shard.stop_listening(listener);
  health_.stop(shard, *wheel_);
}

void Proxy::drain_step(api::Shard shard, Time now) noexcept {
  const bool late = now >= drain_deadline_;
  if (late) reset_slice(shard);
  // Pairs that have ended may still have bytes on the way (a reset after the data): they get the rest of the time.
  // TIME-WAIT still guards what peers may send again, so it is kept as long as the deadline allows.
  const bool gone = shard.connections() == 0 && !shard.has_work() && (late || shard.time_waits() == 0);
  const bool out_of_time = now >= drain_deadline_ + kLastResets;
  if (counters_.active.get() == 0 && (gone || out_of_time)) drained_.set(1);
}

/// Pairs, and then what they left to the stack when they ended.
void Proxy::reset_slice(api::Shard shard) noexcept {
  const std::uint32_t stop = std::min(pairs_.touched(), drain_cursor_ + kDrainSlice);
  for (; drain_cursor_ < stop; ++drain_cursor_) {
    if (!live_[drain_cursor_]) continue;
    Pair& pair = pairs_[drain_cursor_];
    Splice(pair, shard, counters_).abort(api::CloseRule::AppDrain);
    end(pair, PairEnd::Drained);
  }
  // From now on no pair leaves anything behind.
  if (counters_.active.get() == 0) shard.reset_given_up(given_up_cursor_, kDrainSlice, api::CloseRule::AppDrain);
}

}  // namespace millrace::proxy
