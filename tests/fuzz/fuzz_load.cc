// Any bytes as what a server says to millrace-load: raw frames, segments near the edges of what would be right, answers
// of HTTP, and time.
//
// Four jobs run at once, each with few connections. An operation is one byte of kind and a few of arguments. Checked
// all along: every frame sent can be read by the other side and has good checksums, and every connection keeps the
// order of its sequence numbers. At the end all connections are reset, and every packet is back in its pool.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "engine.h"
#include "fuzz_input.h"
#include "neighborhood.h"
#include "set_up.h"
#include "support/heap_packet.h"
#include "wire/tcp_header.h"

namespace {

using namespace millrace;
using namespace millrace::load;
using fuzz::Input;
using fuzz::require;
using Bytes = std::vector<std::byte>;

constexpr std::uint32_t kConnections = 3;  // of each part
constexpr wire::MacAddress kOwn{{2, 0, 0, 0, 0, 2}}, kPeer{{2, 0, 0, 0, 0, 1}};

Options make_options(bool v4) {
  const wire::IpAddress server = wire::IpAddress::parse(v4 ? "10.1.0.1" : "2001:db8::1").value();
  const auto part = [&server](Mode mode, std::uint16_t port) {
    return PartOptions{.mode = mode, .target = {server, port}, .connections = kConnections, .size = 10};
  };
  Options options;
  options.sources = Sources::parse(v4 ? "10.1.0.2-10.1.0.3/24" : "2001:db8::2-2001:db8::3/64");
  options.ports = {5000, 5000 + 4 * 8 - 1};
  options.verify = true;
  options.window = 4096;
  options.parts = {part(Mode::Rr, 7), part(Mode::Cps, 8), part(Mode::Bulk, 9), part(Mode::Http, 80)};
  options.parts[2].direction = Direction::Both;
  return options;
}

pkt::PacketPool& pool() {
  static pkt::PacketPool pool{{.name = "fuzz-load", .packets = 1023, .memory = pkt::PoolMemory::Heap}};
  return pool;
}

class Session {
 public:
  explicit Session(Input input) : input_(input), options_(make_options(input_.byte() % 2 == 0)) {
    add_parts(options_, engine_, neighborhood_);
    engine_.start(kOwn, kPeer);
    for (Part& part : engine_.parts()) part.job->begin(now_);
    turn({});
  }

  void run() {
    while (!input_.empty()) step();
    engine_.abort_all();
    for (int i = 0; i < 4; ++i) turn({});
    require(engine_.live() == 0);
  }

 private:
  void step() {
    switch (input_.byte() % 6) {
      case 0: {
        const Bytes frame = input_.bytes(input_.byte());
        return turn(frame);
      }
      case 1:
        now_ += milliseconds{input_.byte() * 8};
        return turn({});
      case 2:
        return turn(segment(chosen(), input_.byte(), Bytes{}));
      case 3: {
        const Connection& c = chosen();
        const std::uint8_t ctl = input_.byte();
        return turn(segment(c, ctl, input_.bytes(input_.byte())));
      }
      case 4:
        return answer(chosen());
      default: {
        constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        const std::size_t from = input_.byte() % kHead.size(), length = input_.byte() % kHead.size();
        const auto text = std::as_bytes(std::span{kHead.substr(from, length)});
        return turn(segment(chosen(), wire::Ctl::kAck, {text.begin(), text.end()}));
      }
    }
  }

  Connection& chosen() {
    const std::uint32_t number = input_.byte();
    const std::uint32_t place = number % 2, part = number / 2 % 4, port = number / 8 % 8;
    return engine_.connection(place << 16 | (5000 + part * 8 + port));
  }

  /// From the connection's peer; sequence numbers are off by steps of the input.
  Bytes segment(const Connection& c, std::uint8_t ctl, const Bytes& text) {
    return frame(c, {c.rcv_nxt + input_.step(), c.snd_max + input_.step()}, ctl, input_.byte() * 64, text);
  }
  /// What a good server would say.
  void answer(const Connection& c) {
    if (c.state == State::SynSent)
      return turn(frame(c, {SeqNum{77}, c.snd_max}, wire::Ctl::kSyn | wire::Ctl::kAck, 8000, {}));
    const Text& text = engine_.parts()[c.part].job->text();
    const std::byte* const from = text.at(c.want_at % text.period());
    turn(frame(c, {c.rcv_nxt, c.snd_max}, wire::Ctl::kAck, 8000,
               Bytes(from, from + std::min<std::uint32_t>(c.left, 1000))));
  }

  struct Numbers {
    SeqNum seq, ack;
  };
  Bytes frame(const Connection& c, Numbers numbers, std::uint8_t ctl, int window, const Bytes& text) {
    const std::uint32_t local = engine_.local_of(c);
    const Target& server =
        engine_.parts()[(local & 0xffff) < 5000 ? 0 : ((local & 0xffff) - 5000) / 8 % 4].header.target();
    const Sources from{server.address, 1, 24};
    const HeaderTemplate header{from,
                                {options_.sources->address(local >> 16), static_cast<std::uint16_t>(local)},
                                static_cast<std::uint16_t>(window),
                                false};
    const Bytes options = (ctl & wire::Ctl::kSyn) != 0 ? input_.bytes(input_.byte() % 11 * 4u) : Bytes{};
    pkt::Packet* const packet = pool().alloc();
    require(packet != nullptr);
    const std::size_t padded = options.size() / 4 * 4;
    packet->append(static_cast<std::uint16_t>(header.size() + padded + text.size()));
    std::copy_n(options.begin(), padded, packet->data() + header.size());
    std::ranges::copy(text, packet->data() + header.size() + padded);
    header.write(*packet, {from.word(0), server.port, numbers.seq, numbers.ack, ctl}, padded);
    const Bytes bytes(packet->bytes().begin(), packet->bytes().end());
    packet->free();
    return bytes;
  }

  void turn(const Bytes& frame) {
    now_ += microseconds{5};
    std::vector<pkt::Packet*> burst;
    if (!frame.empty()) burst.push_back(test::make_heap_packet(pool(), frame));
    engine_.receive(burst, now_);
    for (const pkt::Packet* packet : engine_.controls())
      if (const auto reply = neighborhood_.receive(packet->bytes())) (void)engine_.send_frame(reply->bytes());
    engine_.run_jobs();
    engine_.sweep();
    engine_.transmit();
    for (pkt::Packet* packet : engine_.pending()) take(*packet);
    engine_.sent(engine_.pending().size());
    check_order();
  }

  /// The other side's view of a frame.
  void take(pkt::Packet& packet) {
    Arrival arrival;
    const Sources server{options_.parts[0].target.address, 1, 24};
    const FrameKind kind = read_frame(packet, server, true, arrival);
    require(kind == FrameKind::Segment || kind == FrameKind::Control);
    packet.free();
  }

  void check_order() {
    for (std::uint32_t place = 0; place < 2; ++place)
      for (std::uint32_t port = options_.ports.first; port <= options_.ports.last; ++port) {
        const Connection& c = engine_.connection(place << 16 | port);
        if (c.state != State::Open) continue;
        require(c.snd_una <= c.snd_nxt && c.snd_nxt <= c.snd_max && c.smss > 0);
        const SeqNum fin = c.snd_end + (c.has(flag::kFinWanted) ? 1 : 0);
        require(c.has(flag::kEndless) || c.snd_max <= fin);
      }
  }

  Input input_;
  Options options_;
  Time now_{};
  Engine engine_{engine_settings(options_, false, 0xffff'ff00), *options_.sources, pool()};
  Neighborhood neighborhood_{kOwn, *options_.sources, next_hop(options_)};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  {
    Session{Input{{data, size}}}.run();
  }
  require(pool().available() == pool().size());
  return 0;
}
