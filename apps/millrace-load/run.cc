#include "run.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace millrace::load {
namespace {

constexpr Duration kAskAgain = milliseconds{200};
constexpr Duration kNextHopPatience = seconds{10};
constexpr Duration kOpenPatience = seconds{10};  // without one more connection
constexpr Duration kEndPatience = seconds{2};

Counts sum_of(Engine& engine) noexcept {
  Counts sum;
  for (const Part& part : engine.parts()) sum += part.count;
  return sum;
}

std::uint64_t open_connections_of(Engine& engine) noexcept {
  std::uint64_t open = 0;
  for (const Part& part : engine.parts()) open += part.open;
  return open;
}

}  // namespace

Run::Run(const RunSettings& settings, io::DpdkQueue& queue, Engine& engine, Neighborhood& neighborhood,
         const base::TscClock& clock, const volatile std::sig_atomic_t& told_to_end)
    : settings_(settings),
      engine_(engine),
      neighborhood_(neighborhood),
      clock_(clock),
      told_to_end_(told_to_end),
      generator_(queue, engine, neighborhood),
      cycles_(base::TscClock::cycles()),
      now_(clock.at(cycles_)) {}

/// One reading of the clock; the time since the last one belongs to the turn before.
void Run::turn() {
  const std::uint64_t cycles = base::TscClock::cycles();
  (was_busy_ ? busy_cycles_ : idle_cycles_) += cycles - cycles_;
  cycles_ = cycles;
  now_ = clock_.at(cycles);
  was_busy_ = generator_.turn(now_);
  if (measuring_ && now_ >= next_line_) say_progress();
}

bool Run::turn_until(const std::function<bool()>& done, Duration limit) {
  const Time end = now_ + limit;
  while (now_ < end && told_to_end_ == 0) {
    turn();
    if (done()) return true;
  }
  return false;
}

void Run::turn_for(Duration span) {
  const Time end = now_ + span;
  while (now_ < end && told_to_end_ == 0 && !enough()) turn();
}

bool Run::enough() const noexcept {
  if (!measuring_ || settings_.requests == 0) return false;
  return sum_of(engine_).requests >= settings_.requests;
}

Measurement Run::measure() {
  find_next_hop();
  open_connections();
  for (Part& part : engine_.parts()) part.job->begin(now_);
  turn_for(settings_.warmup);

  engine_.clear_counts();
  busy_cycles_ = idle_cycles_ = 0;
  measuring_ = true;
  const Time start = now_;
  next_line_ = start + seconds{1};
  turn_for(settings_.length);
  measuring_ = false;

  Measurement found;
  found.seconds = static_cast<double>(to_ns(now_ - start)) * 1e-9;
  for (const Part& part : engine_.parts())
    found.parts.push_back({std::string{part.mode}, part.count, part.latency, part.open, part.job->late(now_)});
  found.busy_cycles = busy_cycles_;
  found.idle_cycles = idle_cycles_;
  found.frames = engine_.frames();
  found.first_mismatch = engine_.first_mismatch();
  end_connections();
  return found;
}

void Run::find_next_hop() {
  const Time end = now_ + kNextHopPatience;
  const auto found = [this] { return neighborhood_.next_hop_mac().has_value(); };
  while (!found() && now_ < end && told_to_end_ == 0) {
    (void)engine_.send_frame(neighborhood_.question().bytes());
    (void)turn_until(found, kAskAgain);
  }
  if (!found())
    throw std::runtime_error(
        "nobody answers for the next hop's address; check --target or --gateway, that the peer runs, and that both are "
        "on one link");
  engine_.start(settings_.own_mac, *neighborhood_.next_hop_mac());
}

void Run::open_connections() {
  const auto ready = [this] {
    for (const Part& part : engine_.parts())
      if (!part.job->ready()) return false;
    return true;
  };
  for (std::uint64_t open = 0; !turn_until(ready, kOpenPatience);) {
    if (told_to_end_ != 0) return;
    const std::uint64_t before = std::exchange(open, open_connections_of(engine_));
    if (open > before) continue;
    const Counts count = sum_of(engine_);
    throw std::runtime_error(fmt::format(
        "{} connections are open and no more open ({} were refused or reset, {} got no answer); check that the "
        "server listens on --target, and how many it takes",
        open, count.resets, count.failed));
  }
}

/// Resets what is open, so that the server is free for the next run.
void Run::end_connections() {
  engine_.abort_all();
  const Time end = now_ + kEndPatience;
  while ((engine_.live() != 0 || !engine_.pending().empty()) && now_ < end) turn();
}

/// What the last second had.
void Run::say_progress() {
  next_line_ += seconds{1};
  if (settings_.quiet) return;
  const Counts sum = sum_of(engine_);
  std::string text;
  const auto rate = [&text](std::string_view name, std::uint64_t n) {
    if (n != 0) text += fmt::format("{}{} {}/s", text.empty() ? "" : ", ", n, name);
  };
  rate("requests", sum.requests - last_line_.requests);
  rate("connections", sum.connections - last_line_.connections);
  rate("SYNs", sum.syns - last_line_.syns);
  const std::uint64_t trouble = sum.timeouts + sum.resets + sum.failed + sum.mismatches + sum.bad_answers;
  fmt::print(stderr, "{}{}{:.3f} Gbit/s in, {:.3f} out, {} open{}\n", text, text.empty() ? "" : ", ",
             static_cast<double>(sum.bytes_in - last_line_.bytes_in) * 8e-9,
             static_cast<double>(sum.bytes_out - last_line_.bytes_out) * 8e-9, open_connections_of(engine_),
             trouble == 0 ? ""
                          : fmt::format("; {} timeouts, {} resets, {} failed, {} mismatches, {} bad answers",
                                        sum.timeouts, sum.resets, sum.failed, sum.mismatches, sum.bad_answers));
  last_line_ = sum;
}

}  // namespace millrace::load
