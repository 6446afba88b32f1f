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
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "sim/host.h"
#include "sim/tcp_frame.h"
#include "tcp/fast_open_cookie.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"

namespace {

using namespace millrace;
using wire::Ctl;
using wire::SeqNum;

void require(bool condition, int line = __builtin_LINE()) {
  if (condition) return;
  std::fprintf(stderr, "%s:%d: not so\n", __FILE__, line);
  std::abort();
}

constexpr std::uint32_t kHostAddress = 0x0a000001, kPeerAddress = 0x0a000002;

/// The operations' arguments; zeros behind the end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint32_t word() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

/// Events of one connection come in order, none after Closed or after the application has given the connection up.
class App : public sim::HostApp {
 public:
  void on_event(api::Shard shard, const api::Event& event) override {
    const auto key = std::pair{event.connection.index, event.connection.generation};
    const api::Connection connection = shard.connection(event.connection);
    require(!ended_[key]);
    require(connection.valid());
    if (event.kind == api::EventKind::Closed) {
      ended_[key] = true;
      require(event.reason != api::CloseReason::None && connection.readable() == 0);
    }
    if (event.kind == api::EventKind::Accepted) known.push_back(connection);
  }
  void gave_up(const api::Connection& connection) {
    ended_[std::pair{connection.id().index, connection.id().generation}] = true;
  }
  std::vector<api::Connection> known;

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> ended_;
};

/// What the peer knows of one 4-tuple, from the host's frames.
struct Slot {
  std::uint16_t host_port = 80, peer_port = 0;
  SeqNum host_nxt;              ///< behind the last that the host sent
  SeqNum host_una;              ///< what the peer has acknowledged of it
  SeqNum host_ack;              ///< what the host expects next
  std::uint32_t window = 8192;  ///< the host's field, as on the wire
  std::uint32_t ts_val = 0;     ///< the host's last
  bool timestamps = false;
};

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
      : input_(input), shape_(input_.byte()), clock_(host_options(shape_).start), host_(host_options(shape_), clock_) {
    host_.set_app(&app_);
    api::ListenOptions listen;
    static_cast<api::ConnectionOptions&>(listen) = connection_options(shape_);
    listen.half_open_limit = 5;
    listen.fast_open = 3;
    require(static_cast<bool>(host_.api().listen({host_.address(), 80}, listen)));
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].peer_port = static_cast<std::uint16_t>(1000 + i);
    listen.syn_cookies = api::SynCookies::Always;
    require(static_cast<bool>(host_.api().listen({host_.address(), 82}, listen)));
    slots_[4].host_port = 82;
    slots_[5].host_port = 81;  // nobody listens there
    accept(slots_[0], true);
    accept(slots_[1], false);
    connect(slots_[2]);
  }

  void run() {
    while (!input_.empty()) step();
    end();
  }

 private:
  void step() {
    const std::uint8_t op = input_.byte();
    if (op < 0xa0) {
      segment(slots_[op % slots_.size()]);
    } else if (op < 0xe0) {
      call();
    } else {
      constexpr std::array<int, 8> kMilliseconds = {1, 40, 200, 1000, 10'000, 61'000, 130'000, 400'000};
      pass(milliseconds{kMilliseconds[op % 8]});
    }
    if ((op & 0x10) == 0) pass(Duration{0});  // else the next one shares the turn
  }

  /// A value at or near an edge, or anything.
  SeqNum near(SeqNum base, std::uint32_t window) {
    const std::uint8_t how = input_.byte();
    const std::array<std::uint32_t, 12> offsets = {0,          1,   ~0u,       window,      window - 1,  window + 1,
                                                   window / 2, 100, 0u - 100u, 0x7fff'ffff, 0x8000'0000, 1460};
    if (how < 0xf0) return base + offsets[how % offsets.size()] + (how / offsets.size() % 4) * 10;
    return SeqNum{input_.word()};
  }

  void segment(Slot& slot) {
    sim::TcpFrame frame = frame_of(slot);
    const std::uint8_t plan = input_.byte();  // 0: the right numbers
    frame.tcp.ctl.bits = (plan & 1) != 0 ? input_.byte() : Ctl::kAck;
    if ((plan & 2) != 0) frame.tcp.seq = near(slot.host_ack, slot.window);
    // SACK blocks say something beside an ACK that stands still.
    if ((plan & 4) != 0) frame.tcp.ack = near((plan & 64) != 0 ? slot.host_una : slot.host_nxt, 5000);
    if ((plan & 8) != 0) frame.tcp.window = static_cast<std::uint16_t>(input_.byte() * 13u);
    if ((plan & 16) != 0) frame.text.assign(input_.byte() * ((plan & 32) != 0 ? 6u : 1u), std::byte{0x55});
    if ((plan & 64) != 0) change_options(slot, frame.tcp.options);
    if ((plan & 128) != 0) change_ecn(frame);
    if ((plan & 128) != 0) put_cookie(frame.tcp.options);
    if (frame.tcp.ctl.urg()) frame.tcp.urgent_pointer = static_cast<std::uint16_t>(input_.byte() * 257u);
    if (frame.tcp.ctl.ack()) slot.host_una = frame.tcp.ack;
    host_.port().deliver(sim::build_tcp_frame(frame));
  }

  /// Flags, the codepoint of the IP header, and an option of any length and order.
  void change_ecn(sim::TcpFrame& frame) {
    const std::uint8_t what = input_.byte();
    frame.tcp.ctl.set_ace(what & 7);
    frame.ecn = what >> 3 & 3;
    if ((what & 32) == 0) return;
    const auto fields = static_cast<std::uint8_t>(what >> 6);
    frame.tcp.options.accecn = {fields, (what & 16) != 0, input_.word(), input_.word(), input_.word()};
  }

  void change_options(const Slot& slot, wire::TcpOptions& options) {
    const std::uint8_t what = input_.byte();
    if ((what & 1) != 0) options.has_timestamps = !options.has_timestamps;
    if ((what & 2) != 0) options.ts_val += input_.word();
    if ((what & 4) != 0) options.ts_ecr += input_.word();
    if ((what & 8) != 0) options.mss = static_cast<std::uint16_t>(input_.byte() * 7u);
    if ((what & 16) != 0) options.has_window_scale = true, options.window_scale = input_.byte() % 15;
    if ((what & 32) != 0) options.sack_permitted = true;
    options.sack_count = what >> 6;
    for (std::size_t i = 0; i < options.sack_count; ++i) options.sack[i] = block(slot);
  }

  /// Of what the host has sent, or nearly.
  wire::SackBlock block(const Slot& slot) {
    const SeqNum right = near(slot.host_nxt - input_.byte() * 31u, 1460);
    const SeqNum left = near(right - input_.byte() * 31u, 1460);
    return {left, right};
  }

  /// Fast Open: a good cookie, one that is not, or a request.
  void put_cookie(wire::TcpOptions& options) {
    const std::uint8_t what = input_.byte();
    options.has_fast_open = true;
    if (what == 0xff) return;
    options.fast_open = tcp::make_fast_open_cookie(wire::IpAddress::v4(kPeerAddress).bytes, clock_.now(),
                                                   host_.shard().env().config.cookie_secret);
    options.fast_open.bytes[what % 8] ^= what / 8;
  }

  void call() {
    const std::uint8_t what = input_.byte(), amount = input_.byte();
    if (what % 12 == 8) return connect_out(amount);
    if (what % 12 == 11) return icmp_error(slots_[amount % slots_.size()]);
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

  /// About something that the host has sent, or nearly.
  void icmp_error(const Slot& slot) {
    sim::TcpFrame about = frame_of(slot);
    std::swap(about.source, about.destination);
    std::swap(about.tcp.source_port, about.tcp.destination_port);
    about.tcp.seq = near(slot.host_nxt, 0u - 1460u);
    const std::uint8_t code = input_.byte() % 6;
    host_.port().deliver(sim::build_icmp_error(about, wire::icmp_type::kDestinationUnreachable, code,
                                               static_cast<std::uint16_t>(input_.byte() * 8u)));
  }

  void connect_out(std::uint8_t text) {
    api::ConnectOptions options;
    options.fast_open = text != 0;
    options.local_port = 5003;
    auto opened = host_.api().connect({wire::IpAddress::v4(kPeerAddress), 1003}, options);
    if (!opened) return;
    slots_[3].host_port = 5003;
    app_.known.push_back(opened.value());
    (void)app_.known.back().send(std::vector<std::byte>(text * 8u, std::byte{0xbb}));
  }

  sim::TcpFrame frame_of(const Slot& slot) {
    sim::TcpFrame frame;
    frame.source = wire::IpAddress::v4(kPeerAddress);
    frame.destination = wire::IpAddress::v4(kHostAddress);
    frame.tcp.source_port = slot.peer_port;
    frame.tcp.destination_port = slot.host_port;
    frame.tcp.seq = slot.host_ack;
    frame.tcp.ack = slot.host_nxt;
    frame.tcp.window = 20'000;
    frame.tcp.options.has_timestamps = slot.timestamps;
    frame.tcp.options.ts_val = static_cast<std::uint32_t>(to_ms(clock_.now().time_since_epoch()));
    frame.tcp.options.ts_ecr = slot.ts_val;
    return frame;
  }

  void say(Slot& slot, std::uint8_t ctl, bool offer = false) {
    sim::TcpFrame frame = frame_of(slot);
    frame.tcp.ctl.bits = ctl;
    frame.tcp.options.sack_permitted = frame.tcp.options.has_window_scale = offer;
    frame.tcp.options.window_scale = offer ? 2 : 0;
    if ((ctl & Ctl::kSyn) != 0) frame.tcp.options.mss = 1460;
    if ((ctl & Ctl::kAck) != 0) slot.host_una = slot.host_nxt;
    host_.port().deliver(sim::build_tcp_frame(frame));
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
      for (const io::Frame& frame : host_.port().take_sent()) hear(frame);
      check_tcbs();
      if (!did && !host_.has_work()) return;
      // Without packets it waits for completions or timers, not for turns.
      if (!did && turns > 4) return host_.port().complete();
    }
  }

  void hear(const io::Frame& frame) {
    const auto ethernet = wire::parse_ethernet(frame);
    require(ethernet.has_value() && frame.size() <= host_options(shape_).mtu + wire::kEthernetHeader);
    if (ethernet->type == wire::kEtherTypeArp) return answer_arp();
    const auto parsed = sim::parse_tcp_frame(frame);
    require(parsed.has_value() && !parsed->tcp.options.malformed);
    require(sim::build_tcp_frame(*parsed).size() == frame.size());
    for (Slot& slot : slots_) {
      if (slot.peer_port != parsed->tcp.destination_port || slot.host_port != parsed->tcp.source_port) continue;
      if (parsed->tcp.ctl.rst()) continue;
      slot.host_nxt = parsed->tcp.seq + parsed->seg_len();
      if (parsed->tcp.ctl.ack()) slot.host_ack = parsed->tcp.ack;
      slot.window = parsed->tcp.window;
      if (parsed->tcp.options.has_timestamps) slot.ts_val = parsed->tcp.options.ts_val;
    }
  }

  void answer_arp() {
    io::Frame frame(wire::kEthernetHeader + wire::kArpSize);
    const wire::MacAddress host = sim::mac_of(wire::IpAddress::v4(kHostAddress)),
                           peer = sim::mac_of(wire::IpAddress::v4(kPeerAddress));
    wire::build_ethernet({host, peer, wire::kEtherTypeArp, 0, 0}, frame);
    wire::build_arp(
        {wire::ArpOperation::Reply, peer, wire::IpAddress::v4(kPeerAddress), host, wire::IpAddress::v4(kHostAddress)},
        std::span{frame}.subspan(wire::kEthernetHeader));
    host_.port().deliver(std::move(frame));
  }

  /// The records cover what is outstanding, without a gap, and their sums are right.
  void check_sent(const tcp::Tcb& tcb) {
    tcp::Sender* const sender = host_.shard().env().table.find_sender(tcb);
    if (sender == nullptr) return;
    tcp::SeqNum at = tcb.syn_acked() ? tcb.snd_una : tcb.iss + 1;
    std::uint32_t sacked = 0, lost = 0, segments = 0;
    for (auto* segment = sender->sent.front(); segment != nullptr; segment = sender->sent.next(*segment)) {
      require(segment->seq == at && segment->seg_len() > 0 && (segment->packet != nullptr) == (segment->length > 0));
      at = segment->end();
      sacked += segment->sacked() ? segment->seg_len() : 0;
      lost += segment->lost_now() ? segment->seg_len() : 0;
      ++segments;
    }
    require(at == tcb.snd_nxt && sacked == sender->sent.sacked() && lost == sender->sent.lost());
    require(segments == sender->sent.segments());
  }

  void check_tcbs() {
    const auto& tcbs = host_.shard().table().tcbs;
    for (std::uint32_t i = 0; i < tcbs.touched(); ++i) {
      if ((host_.shard().table().generation(i) & 1) == 0) continue;
      const tcp::Tcb& tcb = tcbs[i];
      if (tcb.state == tcp::State::Closed) continue;
      require(tcb.snd_una <= tcb.snd_nxt && tcb.rcv_nxt <= tcb.rcv_adv);
      check_sent(tcb);
      require(tcb.snd_nxt <= tcb.snd_queue_end() + (tcb.has(tcp::kFinSent) ? 1u : 0u));
      // In recovery PRR may leave less than a segment; elsewhere one always fits.
      const bool window =
          tcp::window_of(tcb, host_.shard().table()) >= tcp::payload_limit(tcb) || tcb.phase == cc::Phase::Recovery;
      require(tcb.smss >= 64 && (!tcb.syn_acked() || window));
      // What is unacknowledged has a deadline.
      require(tcb.flight_size() == 0 || tcb.rexmit_at != 0 || tcb.owed != 0 || tcb.has(tcp::kOnReady));
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
  std::array<Slot, 6> slots_;
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
