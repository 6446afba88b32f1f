// A generator and millrace-echo's services on a bare stack, joined by a wire that the test may cut or bend.
//
// 10.0.0.1 (2001:db8::1) serves on echo::7, discard::9, chargen::19 and http::80; the generator has 10.0.0.2 and as
// many more addresses as asked for. Time goes on by 10 us per turn. Runs without EAL.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/bare_stack.h"
#include "base/random.h"
#include "echo_app.h"
#include "generator.h"
#include "io/bare_port.h"
#include "set_up.h"
#include "support/bare_pair.h"

namespace millrace::load {

inline constexpr std::uint32_t kHttpBody = 3000;  // three segments

inline std::vector<echo::ListenerSettings> services(bool v4) {
  const auto at = [v4](std::uint16_t port, echo::ServiceKind service) {
    echo::ListenerSettings listener{.local = {v4 ? wire::IpAddress::v4(0) : wire::IpAddress{}, port},
                                    .service = service,
                                    .body_size = kHttpBody,
                                    .options = {}};
    listener.options.no_delay = true;
    return listener;
  };
  return {at(7, echo::ServiceKind::Echo), at(9, echo::ServiceKind::Discard), at(19, echo::ServiceKind::Chargen),
          at(80, echo::ServiceKind::Http)};
}

class LoadBed {
 public:
  using Frame = std::vector<std::byte>;

  /// `options` as parse_options() would give them; what every test has alike is filled in.
  explicit LoadBed(Options options, bool v4 = true, std::uint32_t addresses = 1)
      : options_(complete(std::move(options), v4, addresses)),
        app_(services(v4)),
        server_(server_settings(), api::AppRef{app_}),
        engine_(settings(), *options_.sources, pool_),
        neighborhood_(kMac, *options_.sources, next_hop(options_)),
        generator_(port_, engine_, neighborhood_) {
    EXPECT_EQ(app_.listen(server_.shard()), std::nullopt);
    add_parts(options_, engine_, neighborhood_);
  }
  ~LoadBed() { EXPECT_TRUE(engine_.pending().empty()); }

  /// One turn of both sides.
  void turn() {
    now_ += microseconds{10};
    (void)generator_.turn(now_);
    for (auto frame = port_.front(); !frame.empty(); frame = port_.front()) {
      Frame bytes(frame.begin(), frame.end());
      port_.pop();
      if (!lose_out || !lose_out(bytes)) (void)server_.input(bytes);
    }
    while (server_.advance(now_)) {
    }
    (void)server_.output([&](std::span<const std::byte> frame) {
      Frame bytes(frame.begin(), frame.end());
      if (lose_in && lose_in(bytes)) return;
      EXPECT_TRUE(port_.push(bytes));
    });
  }
  /// False when it is not done within the time.
  bool turn_until(const std::function<bool()>& done, Duration limit = seconds{20}) {
    for (const Time end = now_ + limit; now_ < end; turn())
      if (done()) return true;
    return done();
  }
  void turn_for(Duration span) {
    (void)turn_until([] { return false; }, span);
  }

  /// Finds the server's MAC, opens what shall be open, and begins.
  void start() {
    ASSERT_TRUE(engine_.send_frame(neighborhood_.question().bytes()));
    ASSERT_TRUE(turn_until([&] { return neighborhood_.next_hop_mac().has_value(); }));
    engine_.start(kMac, *neighborhood_.next_hop_mac());
    ASSERT_TRUE(turn_until(
        [&] { return std::ranges::all_of(engine_.parts(), [](const Part& part) { return part.job->ready(); }); }));
    for (Part& part : engine_.parts()) part.job->begin(now_);
  }
  /// Ends all connections on both sides, and looks whether anything is left.
  void stop() {
    engine_.abort_all();
    const auto none_left = [&] { return engine_.live() == 0 && server_.shard().connections() == 0; };
    for (const Time end = now_ + minutes{1}; now_ < end && !none_left(); now_ += milliseconds{1}) turn();
    EXPECT_TRUE(none_left()) << engine_.live() << " and " << server_.shard().connections() << " connections are left";
    for (const Part& part : engine_.parts()) EXPECT_EQ(part.open, 0u);
  }

  [[nodiscard]] Part& part(std::size_t number = 0) { return engine_.parts()[number]; }
  [[nodiscard]] const Counts& count(std::size_t number = 0) { return part(number).count; }
  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] api::BareStack& server() { return server_; }

  std::function<bool(Frame&)> lose_out, lose_in;  ///< true: the frame is lost; it may also be changed

 private:
  static constexpr wire::MacAddress kMac{{0x02, 0, 0x0a, 0, 0, 2}};

  static Options complete(Options options, bool v4, std::uint32_t addresses) {
    const wire::IpAddress target = bare_settings(1).addresses[v4 ? 0 : 1].address;
    const wire::IpAddress first = bare_settings(2).addresses[v4 ? 0 : 1].address;
    for (PartOptions& part : options.parts) part.target.address = target;
    options.sources.emplace(first, addresses, v4 ? std::uint8_t{24} : std::uint8_t{64});
    options.verify = true;
    return options;
  }
  static api::BareStackSettings server_settings() {
    api::BareStackSettings settings = bare_settings(1);
    settings.tcp.msl = seconds{1};
    return settings;
  }
  EngineSettings settings() { return engine_settings(options_, false, 1000); }

  Options options_;
  Time now_{};
  echo::EchoApp app_;
  api::BareStack server_;
  pkt::PacketPool pool_{{.name = "load", .packets = 4095, .memory = pkt::PoolMemory::Heap}};
  io::BarePort port_{pool_, 1514};
  Engine engine_;
  Neighborhood neighborhood_;
  Generator<io::BarePort> generator_;
};

/// One part of a mode against a port of the server.
inline Options one_part(Mode mode, std::uint16_t port) {
  PartOptions part{.mode = mode, .target = {{}, port}, .connections = 4};
  Options options;
  options.mode = name_of(mode);
  options.parts = {part};
  return options;
}

}  // namespace millrace::load
