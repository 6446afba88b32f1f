#include "sim/scenario.h"

#include <fmt/format.h>

#include "wire/ethernet.h"

namespace millrace::sim {

ScenarioOptions::ScenarioOptions() {
  a.address = 0x0a000001;
  b.address = 0x0a000002;
  a.seed = 11;
  b.seed = 22;
  a.start = b.start = time_from_ns(1'000'000'000'000);
}

void Scenario::start(const ScenarioOptions& given) {
  options_ = given;
  options_.a.family = options_.b.family = family;
  seen.clear();
  rules_.clear();
  world = std::make_unique<World>(options_.a, options_.b, options_.link, options_.link, 1);
  world->a.set_app(&app_a);
  world->b.set_app(&app_b);
  world->a_to_b.set_tamper([this](const io::Frame& frame) { return tamper(From::A, frame); });
  world->b_to_a.set_tamper([this](const io::Frame& frame) { return tamper(From::B, frame); });
  listen();
  run(milliseconds{1});
}

void Scenario::listen() { ASSERT_TRUE(world->b.api().listen({world->b.address(), 80}, options_.listen)); }

void Scenario::restart(From side) {
  HostOptions& options = side == From::A ? options_.a : options_.b;
  options.seed += 1000;
  app(side) = ManualApp{};
  world->restart(host(side), options);
  host(side).set_app(&app(side));
  if (side == From::B) listen();
  seen.clear();
}

api::Connection Scenario::open(const api::ConnectOptions& options) {
  auto opened = world->a.api().connect({world->b.address(), 80}, options);
  EXPECT_TRUE(opened) << api::to_string(opened.error());
  return opened ? opened.value() : api::Connection{};
}

api::Connection Scenario::establish(const api::ConnectOptions& options) {
  const std::size_t before = app_b.accepted.size();
  client = open(options);
  EXPECT_TRUE(run_until([&] { return app_a.told(client).open && app_b.accepted.size() > before; }));
  if (app_b.accepted.size() > before) server = app_b.accepted.back();
  seen.clear();
  return client;
}

bool Scenario::tamper(From from, const io::Frame& frame) {
  const auto parsed = parse_tcp_frame(frame);
  if (!parsed) return false;
  if (!parsed->tcp.ctl.rst() && !forging_) last_[from == From::A ? 0 : 1] = *parsed;
  bool lost = false;
  for (Rule& rule : rules_) {
    if (forging_ || rule.from != from || rule.count == 0 || !rule.match(*parsed)) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    --rule.count;
    lost = true;
  }
  if (keep_frames) seen.push_back({world->now(), from, *parsed, lost, wire::parse_ethernet(frame)->destination});
  return lost;
}

void Scenario::lose(From from, Match match, int nth, int count) {
  rules_.push_back({from, std::move(match), nth - 1, count});
}

void Scenario::inject(From from, const TcpFrame& frame) {
  forging_ = true;
  (from == From::A ? world->a_to_b : world->b_to_a).send(build_tcp_frame(frame), world->now());
  forging_ = false;
}

TcpFrame Scenario::next_of(From from) const {
  TcpFrame frame = last_[from == From::A ? 0 : 1];
  frame.tcp.seq += frame.seg_len();
  frame.text.clear();
  frame.tcp.ctl.bits = wire::Ctl::kAck;
  frame.tcp.options.sack_count = 0;
  return frame;
}

std::vector<std::string> Scenario::shapes() const {
  std::vector<std::string> all;
  for (const Seen& s : seen) all.push_back((s.from == From::A ? "A " : "B ") + s.frame.shape());
  return all;
}

std::vector<Seen> Scenario::seen_from(From from, const Match& match) const {
  std::vector<Seen> found;
  for (const Seen& s : seen)
    if (s.from == from && match(s.frame)) found.push_back(s);
  return found;
}

void Scenario::TearDown() {
  if (!world) return;
  run(minutes{5});
  EXPECT_EQ(world->a.leftovers(), "");
  EXPECT_EQ(world->b.leftovers(), "");
}

std::vector<std::byte> text(std::string_view words) {
  const auto bytes = std::as_bytes(std::span{words});
  return {bytes.begin(), bytes.end()};
}

testing::AssertionResult about(Duration is, Duration should, Duration slack) {
  const Duration difference = is > should ? is - should : should - is;
  if (difference < slack) return testing::AssertionSuccess();
  return testing::AssertionFailure() << fmt::format("{} us instead of {} us", to_us(is), to_us(should));
}

}  // namespace millrace::sim
