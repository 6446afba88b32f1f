// Any bytes as a sequence of segments, user calls and time on a live host: a listener, one that answers by SYN cookies
// only, connections accepted and one opened, and a peer that says whatever the bytes say, mostly near the edges of what
// would be right.
//
// The first byte chooses the host's shape, each further operation is one byte of kind and a few of arguments. Checked
// all along: every frame sent is well formed, every Tcb keeps its order, events keep theirs. At the end everything is
// closed or aborted, time passes, and the host has nothing left: packets, timers, table entries; counters sum.
#include <rte_eal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "fuzz_input.h"
#include "segments_app.h"
#include "segments_checks.h"
#include "segments_peer.h"
#include "sim/host.h"

namespace {

using namespace millrace;
using namespace millrace::fuzz;
using wire::Ctl;
using wire::SeqNum;

sim::HostOptions host_options(std::uint8_t shape) {
  sim::HostOptions options;
  options.address = kHostAddress;
  options.limits = {12, 4, 6};
  options.data_packets = (shape & 1) != 0 ? 63 : 511;
  options.control_packets = (shape & 2) != 0 ? 63 : 511;
  options.lazy_completion = (shape & 4) != 0 ? 20 : 0;
  options.rx_segment = (shape & 8) != 0 ? 100 : 65000;
  options.mtu = (shape & 16) != 0 ? 576 : 1500;
  options.start = time_from_ns((shape & 32) != 0 ? 4'294'900'000'000'000 : 1'000'000'000'000);
  return options;
}

api::ConnectionOptions connection_options(std::uint8_t shape) {
  api::ConnectionOptions options;
  options.receive_buffer = options.send_buffer = (shape & 64) != 0 ? 6000 : 40'000;
  options.keepalive = {(shape & 128) != 0, seconds{20}, seconds{5}, 2};
  options.ecn = static_cast<api::EcnPolicy>(shape & 3);
  return options;
}

class Session {
 public:
  explicit Session(Input input)
      : input_(input),
        shape_(input_.byte()),
        clock_(host_options(shape_).start),
        host_(host_options(shape_), clock_),
        peer_(input_, host_, clock_, host_options(shape_).mtu) {
    host_.set_app(&app_);
    api::ListenOptions listen;
    static_cast<api::ConnectionOptions&>(listen) = connection_options(shape_);
    listen.half_open_limit = 5;
    listen.fast_open = 3;
    require(static_cast<bool>(host_.api().listen({host_.address(), 80}, listen)));
    auto& slots = peer_.slots;
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i].peer_port = static_cast<std::uint16_t>(1000 + i);
    listen.syn_cookies = api::SynCookies::Always;
    require(static_cast<bool>(host_.api().listen({host_.address(), 82}, listen)));
    slots[4].host_port = 82;
    slots[5].host_port = 81;  // nobody listens there
    accept(slots[0], true);
    accept(slots[1], false);
    connect(slots[2]);
  }

  void run() {
    while (!input_.empty()) step();
    end();
  }

 private:
  void step() {
    const std::uint8_t op = input_.byte();
    if (op < 0xa0) {
      peer_.segment(peer_.slots[op % peer_.slots.size()]);
    } else if (op < 0xe0) {
      call();
    } else {
      constexpr std::array<int, 8> kMilliseconds = {1, 40, 200, 1000, 10'000, 61'000, 130'000, 400'000};
      pass(milliseconds{kMilliseconds[op % 8]});
    }
    if ((op & 0x10) == 0) pass(Duration{0});  // else the next one shares the turn
  }

  void call() {
    const std::uint8_t what = input_.byte(), amount = input_.byte();
    if (what % 12 == 8) return connect_out(amount);
    if (what % 12 == 11) return peer_.icmp_error(peer_.slots[amount % peer_.slots.size()]);
    if (app_.known.empty()) return;
    api::Connection connection = app_.known[amount % app_.known.size()];
    const std::vector<std::byte> bytes(amount * 31u, std::byte{0xaa});
    switch (what % 12) {
      case 0:
        return connection.consume(amount * 8u);
      case 1:
      case 2:
        (void)connection.send(bytes);
        return;
      case 3:
        return connection.shutdown();
      case 4:
        (void)connection.transfer_to(app_.known[amount / 16 % app_.known.size()]);
        return;
      case 5:
        return close(connection);
      case 6:
        app_.gave_up(connection);
        return connection.abort();
      case 7:
        app_.gave_up(connection);
        return connection.abort_after_data();
      case 9:
        (void)connection.send_urgent(bytes);
        return;
      default:
        return connection.set_options(options_of(amount));
    }
  }

  /// One that lingers has Closed still to come.
  void close(api::Connection connection) {
    connection.close();
    if (!connection.valid()) app_.gave_up(connection);
  }

  api::ConnectionOptions options_of(std::uint8_t choice) {
    api::ConnectionOptions options = connection_options(shape_);
    options.no_delay = (choice & 1) != 0;
    options.keepalive.on = (choice & 2) != 0;
    if ((choice & 4) != 0) options.linger = seconds{choice / 64};
    if ((choice & 8) != 0) options.receive_timeout = seconds{3};
    if ((choice & 16) != 0) options.user_timeout = seconds{30};
    options.soft_errors = (choice & 32) != 0;
    return options;
  }

  void connect_out(std::uint8_t text) {
    api::ConnectOptions options;
    options.fast_open = text != 0;
    options.local_port = 5003;
    auto opened = host_.api().connect({wire::IpAddress::v4(kPeerAddress), 1003}, options);
    if (!opened) return;
    peer_.slots[3].host_port = 5003;
    app_.known.push_back(opened.value());
    (void)app_.known.back().send(std::vector<std::byte>(text * 8u, std::byte{0xbb}));
  }

  void say(Slot& slot, std::uint8_t ctl, bool offer = false) {
    peer_.say(slot, ctl, offer);
    pass(milliseconds{1});
  }

  void accept(Slot& slot, bool options) {
    slot.timestamps = options;
    slot.host_ack = SeqNum{0xffff'f000u};  // numbers wrap soon
    say(slot, Ctl::kSyn, options);
    say(slot, Ctl::kAck);
    require(!app_.known.empty());
  }

  void connect(Slot& slot) {
    slot.host_port = 5002;
    slot.timestamps = true;
    api::ConnectOptions options;
    static_cast<api::ConnectionOptions&>(options) = connection_options(shape_);
    options.local_port = slot.host_port;
    auto opened = host_.api().connect({wire::IpAddress::v4(kPeerAddress), slot.peer_port}, options);
    require(static_cast<bool>(opened));
    app_.known.push_back(opened.value());
    pass(milliseconds{1});
    slot.host_ack = SeqNum{77};
    say(slot, Ctl::kSyn | Ctl::kAck, true);
  }

  /// Turns at this instant, and at every instant until `span` has passed at which the host has something to do.
  void pass(Duration span) {
    const Time end = clock_.now() + span;
    for (int instants = 0;; ++instants) {
      require(instants < 200'000);
      settle();
      if (clock_.now() >= end) return;
      const Time next = std::min(end, host_.next_deadline().value_or(end));
      clock_.advance(std::max(next - clock_.now(), Duration{1024}));
    }
  }

  void settle() {
    for (int turns = 0;; ++turns) {
      require(turns < 1000);
      const bool did = host_.turn();
      for (const io::Frame& frame : host_.port().take_sent()) peer_.hear(frame);
      check_tcbs(host_);
      if (!did && !host_.has_work()) return;
      // Without packets it waits for completions or timers, not for turns.
      if (!did && turns > 4) return host_.port().complete();
    }
  }

  void end() {
    pass(Duration{0});  // what was delivered may still be accepted
    for (std::size_t i = 0; i < app_.known.size(); ++i) {
      if (i % 2 == 0) close(app_.known[i]);
      app_.known[i].abort();  // who lingers too
      app_.gave_up(app_.known[i]);
    }
    pass(minutes{20});
    host_.port().complete();
    if (const std::string wrong = host_.leftovers(); !wrong.empty()) {
      std::fprintf(stderr, "left over: %s\n", wrong.c_str());
      std::abort();
    }
  }

  Input input_;
  std::uint8_t shape_;
  stack::ManualClock clock_;
  App app_;
  sim::Host host_;
  Peer peer_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* arguments[] = {"fuzz-segments",
                             "--no-huge",
                             "--no-shconf",
                             "--no-pci",
                             "--no-telemetry",
                             "--log-level=lib.eal:error",
                             "-m",
                             "64",
                             "-l",
                             "0"};
  std::vector<char*> argv;
  for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
  base::set_log_sink([](base::LogLevel, std::string_view) {});
  require(rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session session{Input{{data, size}}};
  session.run();
  return 0;
}
