// Set-up, the turn's frame, the jobs' calls, and the sweep for timeouts.
#include "engine.h"

#include <algorithm>
#include <limits>

namespace millrace::load {
namespace {

constexpr std::uint32_t kIssStep = 1 << 16;  // beyond what was acknowledged: any window of the peer's TIME-WAIT
constexpr std::size_t kSweepPerTurn = 256;
constexpr unsigned kTickBits = 20;

constexpr std::uint32_t tick_of(Duration span) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(to_ns(span)) >> kTickBits);
}

/// The least shift that brings the window into 16 bits (RFC 7323 2.3: at most 14).
std::uint8_t scale_for(std::uint32_t window) noexcept {
  std::uint8_t scale = 0;
  while (scale < 14 && window >> scale > 0xffff) ++scale;
  return scale;
}

}  // namespace

Engine::Engine(const EngineSettings& settings, const Sources& sources, pkt::PacketPool& pool)
    : settings_(settings),
      sources_(sources),
      pool_(pool),
      memory_(std::size_t{sources.count()} * 65536 * sizeof(Connection)),
      connections_(static_cast<Connection*>(memory_.data())),
      ready_(std::size_t{sources.count()} * 65536),
      rcv_scale_(scale_for(settings.window)),
      window_field_(static_cast<std::uint16_t>(std::min<std::uint32_t>(settings.window >> rcv_scale_, 0xffff))),
      smss_limit_(static_cast<std::uint16_t>(settings.mtu - (sources.is_v4() ? 40 : 60))),
      rto_ticks_(std::max<std::uint32_t>(1, tick_of(settings.rto))) {
  controls_.reserve(kBurst);
  pending_.reserve(kMostPending);
  spare_.reserve(kBurst);
  live_.reserve(std::size_t{sources.count()} * 65536);
}

Engine::~Engine() {
  pkt::free_bulk(controls_);
  pkt::free_bulk(pending_);
  pkt::free_bulk(spare_);
}

Part& Engine::add_part(const Target& target, PortRange ports, const Sources* sources) {
  MILLRACE_CHECK(parts_.size() < std::numeric_limits<std::uint8_t>::max());
  const HeaderTemplate header{sources != nullptr ? *sources : sources_, target, window_field_, settings_.offload};
  return parts_.emplace_back(header, ports);
}

void Engine::start(const wire::MacAddress& own, const wire::MacAddress& next_hop) noexcept {
  for (Part& part : parts_) part.header.set_macs(own, next_hop);
  running_ = true;
}

void Engine::clear_counts() noexcept {
  for (Part& part : parts_) {
    part.count = {.mismatches = part.count.mismatches};
    part.latency.clear();
  }
  frames_ = {};
}

void Engine::receive(std::span<pkt::Packet* const> burst, Time now) {
  now_ = now;
  tick_ = tick_of(now.time_since_epoch());
  pkt::free_bulk(controls_);
  controls_.clear();
  frames_.received += burst.size();

  constexpr std::size_t kAhead = 4;
  for (std::size_t i = 0; i < std::min(kAhead, burst.size()); ++i) __builtin_prefetch(burst[i]->data());
  std::array<pkt::Packet*, kBurst> done;
  std::size_t segments = 0, finished = 0;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (i + kAhead < burst.size()) __builtin_prefetch(burst[i + kAhead]->data());
    const FrameKind kind = read_frame(*burst[i], sources_, settings_.check_sums, arrivals_[segments]);
    if (kind == FrameKind::Control) {
      controls_.push_back(burst[i]);
      continue;
    }
    done[finished++] = burst[i];
    if (kind == FrameKind::Segment) [[likely]]
      __builtin_prefetch(&connections_[arrivals_[segments++].local], 1);
    else
      ++(kind == FrameKind::Stray     ? frames_.strays
         : kind == FrameKind::Damaged ? frames_.damaged
                                      : frames_.bad_checksums);
  }
  for (std::size_t i = 0; i < segments; ++i) segment_arrives(connections_[arrivals_[i].local], arrivals_[i]);
  pkt::free_bulk(std::span{done}.first(finished));
}

void Engine::run_jobs() {
  if (!running_) return;
  for (Part& part : parts_)
    if (has_room()) part.job->turn(now_, kMostPending - pending_.size());
}

void Engine::sent(std::size_t n) noexcept {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(n));
}

void Engine::abort_all() {
  running_ = false;
  for (const std::uint32_t local : live_) abort(connections_[local]);
}

void Engine::open(std::uint32_t local, std::uint8_t part, Time began) noexcept {
  Connection& c = connections_[local];
  MILLRACE_ASSERT(c.state == State::Closed);
  const SeqNum iss =
      c.snd_max == SeqNum{} ? SeqNum{settings_.first_iss + local * 0x9e3779b9u % kIssStep} : c.snd_max + kIssStep;
  c.snd_una = c.snd_nxt = c.snd_max = iss;
  c.snd_end = c.snd_edge = iss + 1;
  c.rcv_nxt = c.irs = SeqNum{};
  c.tick = tick_;
  c.began = began;
  c.left = c.word = 0;
  c.want_at = 0;
  c.text_at = static_cast<std::uint16_t>(iss.raw() % parts_[part].text->period());
  c.flags &= flag::kSurviving;
  c.tries = 0;
  c.part = part;
  c.state = State::SynSent;
  c.place = static_cast<std::uint32_t>(live_.size());
  live_.push_back(local);
  c.set(flag::kSynOwed);
  list(c);
}

void Engine::close(Connection& c) noexcept {
  if (c.has(flag::kFinWanted)) return;
  if (c.has(flag::kEndless)) {
    c.clear(flag::kEndless);
    c.snd_end = c.snd_max;
  }
  c.set(flag::kFinWanted);
  list(c);
}

/// The last of the live ones takes its place.
void Engine::end(Connection& c, End how) noexcept {
  Part& part = part_of(c);
  if (c.state == State::Open) --part.open;
  if (how == End::Reset) ++part.count.resets;
  if (how == End::TimedOut) ++part.count.failed;
  c.tick = tick_;
  part.job->on_closed(c, how);
  c.state = State::Closed;
  const std::uint32_t last = live_.back();
  live_[c.place] = last;
  connections_[last].place = c.place;
  live_.pop_back();
}

void Engine::note_mismatch(Connection& c, std::size_t at, std::byte expected, std::byte got) noexcept {
  ++part_of(c).count.mismatches;
  if (first_mismatch_) return;
  const std::uint32_t offset = c.rcv_nxt - c.irs - 1 + static_cast<std::uint32_t>(at);
  first_mismatch_ = Mismatch{local_of(c), offset, expected, got};
}

void Engine::sweep() {
  const std::uint32_t elapsed = tick_ - swept_tick_;
  if (elapsed != 0) {
    swept_tick_ = tick_;
    sweep_debt_ = std::min(live_.size(), sweep_debt_ + (live_.size() * 2 / rto_ticks_ + 1) * elapsed);
  }
  for (std::size_t n = std::min({sweep_debt_, kSweepPerTurn, live_.size()}); n > 0; --n) {
    --sweep_debt_;
    if (sweep_at_ >= live_.size()) sweep_at_ = 0;
    if (live_.empty()) return;
    const std::uint32_t local = live_[sweep_at_];
    look_at(connections_[local]);
    // Where it ended, another one has its place and is looked at next.
    if (sweep_at_ < live_.size() && live_[sweep_at_] == local) ++sweep_at_;
  }
}

/// RFC 6298 (5.4) to (5.6), and RFC 9293 3.8.6.1: into a closed window goes one byte.
void Engine::look_at(Connection& c) noexcept {
  const bool open = c.state == State::Open;
  if (!c.outstanding() && !c.has(flag::kSynOwed) && !(open && c.unsent())) return;
  if (tick_ - c.tick < rto_ticks_ << c.tries) return;
  c.tick = tick_;
  c.snd_nxt = c.snd_una;
  if (open && c.snd_edge <= c.snd_una) {
    c.snd_edge = c.snd_una + 1;
    return list(c);
  }
  ++part_of(c).count.timeouts;
  if (++c.tries > settings_.most_tries) return end(c, End::TimedOut);
  if (!open) c.set(flag::kSynOwed);
  list(c);
}

SegmentFields Engine::fields_of(const Connection& c, SeqNum seq, std::uint8_t ctl) const noexcept {
  const std::uint32_t local = local_of(c);
  return {.source_word = sources_.word(local >> 16),
          .source_port = static_cast<std::uint16_t>(local),
          .seq = seq,
          .ack = c.rcv_nxt,
          .ctl = ctl};
}

}  // namespace millrace::load
