// The client's TCP: a table of connections, segments in, segments out, time as an argument.
//
// It implements what RFC 9293 asks of a client on a wire that neither loses nor reorders much: handshake, text in
// order, the peer's window, FIN and RST from either side, retransmission from SND.UNA after a timeout (RFC 6298's
// back-off, without its estimator). Left out on purpose: congestion control, SACK, timestamps, delayed ACKs (one ACK
// per connection and turn instead), TIME-WAIT (the record answers a repeated FIN until its port is used again).
//
// A turn: receive() takes a burst through three passes (parse all, fetch all records, process all), run_jobs() lets the
// jobs work, transmit() turns what is owed into packets, and the caller sends pending(). One thread; no allocation
// after the constructor but in set-up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "arrival.h"
#include "base/pages.h"
#include "base/time.h"
#include "connection.h"
#include "index_ring.h"
#include "mismatch.h"
#include "part.h"
#include "pkt/packet_pool.h"
#include "sources.h"

namespace millrace::load {

struct EngineSettings {
  std::uint16_t mtu = 1500;
  std::uint32_t window = 1 << 20;  ///< bytes that the peer may have under way to us; up to 2^29
  Duration rto = milliseconds{200};
  std::uint8_t most_tries = 6;  ///< timeouts in a row before a connection is given up
  bool check_sums = false;      ///< of received segments, where the port did not
  bool offload = false;         ///< the port completes checksums of what is sent
  std::uint32_t first_iss = 0;  ///< of every local end's first connection; later than that of runs before
};

/// What became of received frames that are no segments of our connections.
struct FrameCounts {
  std::uint64_t received = 0;
  std::uint64_t strays = 0, damaged = 0, bad_checksums = 0;
  std::uint64_t no_packet = 0;  ///< turns in which the pool was empty
};

class Engine {
 public:
  static constexpr std::size_t kBurst = 64;         ///< packets taken at once
  static constexpr std::size_t kMostPending = 512;  ///< packets made and not sent

  Engine(const EngineSettings& settings, const Sources& sources, pkt::PacketPool& pool);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  // Set-up, before the first turn.
  /// At most 255 parts. `sources`: where its segments come from, if not from our addresses.
  Part& add_part(const Target& target, PortRange ports, const Sources* sources = nullptr);
  [[nodiscard]] std::deque<Part>& parts() noexcept { return parts_; }
  [[nodiscard]] const Sources& sources() const noexcept { return sources_; }

  /// Segments go from `own` to `next_hop` from now on, and jobs run.
  void start(const wire::MacAddress& own, const wire::MacAddress& next_hop) noexcept;

  // A turn.
  /// Frees the packets, save those that controls() has afterwards.
  void receive(std::span<pkt::Packet* const> burst, Time now);
  /// ARP and ICMPv6 of the last receive(); valid until the next one, which frees them.
  [[nodiscard]] std::span<pkt::Packet* const> controls() const noexcept { return controls_; }
  void run_jobs();
  /// Looks whether connections wait in vain: a slice of them per turn, all of them in half an RTO.
  void sweep();
  void transmit();
  /// Made and not sent, oldest first.
  [[nodiscard]] std::span<pkt::Packet* const> pending() const noexcept { return pending_; }
  /// The first `n` of them were taken by the port.
  void sent(std::size_t n) noexcept;
  /// Resets every connection, for the end of a run; segments leave as turns go on. Jobs are not asked any more.
  void abort_all();

  // Calls of the jobs.
  /// Sends a SYN from a local end that has no connection.
  void open(std::uint32_t local, std::uint8_t part, Time began) noexcept;
  /// `bytes` more of the job's text.
  void send(Connection& c, std::uint32_t bytes) noexcept {
    c.snd_end += bytes;
    list(c);
  }
  /// Text until the connection ends.
  void send_without_end(Connection& c) noexcept {
    c.set(flag::kEndless);
    list(c);
  }
  /// A FIN behind all text.
  void close(Connection& c) noexcept;
  /// A RST.
  void abort(Connection& c) noexcept {
    c.set(flag::kRstOwed);
    list(c);
  }
  /// `got` at `at` of the text that on_text() is given is not what was expected.
  void note_mismatch(Connection& c, std::size_t at, std::byte expected, std::byte got) noexcept;
  /// A SYN that belongs to no connection. False when the pool is empty or much is pending.
  [[nodiscard]] bool send_stray_syn(Part& part, const SegmentFields& fields) noexcept;
  /// Any frame; false as above.
  [[nodiscard]] bool send_frame(std::span<const std::byte> frame) noexcept;

  // Looking.
  [[nodiscard]] Time now() const noexcept { return now_; }
  /// Milliseconds, more or less (2^20 ns), for what need not be exact.
  [[nodiscard]] std::uint32_t tick() const noexcept { return tick_; }
  [[nodiscard]] Connection& connection(std::uint32_t local) noexcept { return connections_[local]; }
  [[nodiscard]] std::uint32_t local_of(const Connection& c) const noexcept {
    return static_cast<std::uint32_t>(&c - connections_);
  }
  [[nodiscard]] Part& part_of(const Connection& c) noexcept { return parts_[c.part]; }
  /// Connections that are not closed.
  [[nodiscard]] std::size_t live() const noexcept { return live_.size(); }
  [[nodiscard]] const FrameCounts& frames() const noexcept { return frames_; }
  [[nodiscard]] const std::optional<Mismatch>& first_mismatch() const noexcept { return first_mismatch_; }
  /// What is counted from now on is the measurement. Mismatches stay: there shall be none at any time.
  void clear_counts() noexcept;

 private:
  // segment_arrives.cc
  void segment_arrives(Connection& c, Arrival& seg) noexcept;
  void closed_state(Connection& c, const Arrival& seg) noexcept;
  void syn_sent_state(Connection& c, const Arrival& seg) noexcept;
  void open_state(Connection& c, Arrival& seg) noexcept;
  [[nodiscard]] bool trim(Connection& c, Arrival& seg) noexcept;
  [[nodiscard]] bool process_ack(Connection& c, const Arrival& seg) noexcept;
  void process_text(Connection& c, const Arrival& seg) noexcept;
  void reply_reset(const Connection& c, const Arrival& seg) noexcept;

  // transmit.cc
  [[nodiscard]] bool has_room() const noexcept { return pending_.size() < kMostPending; }
  [[nodiscard]] pkt::Packet* take_packet(std::size_t length) noexcept;
  [[nodiscard]] bool pay(Connection& c) noexcept;
  [[nodiscard]] bool send_syn(Connection& c) noexcept;
  [[nodiscard]] bool send_text(Connection& c) noexcept;
  [[nodiscard]] bool send_reset(Connection& c) noexcept;
  [[nodiscard]] bool send_control(const Connection& c, SeqNum seq, std::uint8_t ctl) noexcept;
  void write_syn_options(std::byte* out) const noexcept;

  // engine.cc
  void list(Connection& c) noexcept {
    if (c.has(flag::kListed)) return;
    c.set(flag::kListed);
    ready_.push(local_of(c));
  }
  void end(Connection& c, End how) noexcept;
  void look_at(Connection& c) noexcept;
  [[nodiscard]] SegmentFields fields_of(const Connection& c, SeqNum seq, std::uint8_t ctl) const noexcept;

  EngineSettings settings_;
  Sources sources_;
  pkt::PacketPool& pool_;
  base::Pages memory_;       ///< of the connections
  Connection* connections_;  ///< by local end: 65536 for each address
  std::deque<Part> parts_;
  std::vector<std::uint32_t> live_;  ///< local ends of connections that are not closed, in no order
  IndexRing ready_;                  ///< local ends that may have something to send
  std::uint8_t rcv_scale_;           ///< Rcv.Wind.Shift
  std::uint16_t window_field_;       ///< the window as all segments but SYNs have it
  std::uint16_t smss_limit_;         ///< what the MTU leaves for text
  bool running_ = false;             ///< between start() and abort_all()

  Time now_{};
  std::uint32_t tick_ = 0;
  std::uint32_t rto_ticks_;
  std::size_t sweep_at_ = 0;    ///< place in live_
  std::size_t sweep_debt_ = 0;  ///< connections to look at until now
  std::uint32_t swept_tick_ = 0;

  std::array<Arrival, kBurst> arrivals_;
  std::vector<pkt::Packet*> controls_;
  std::vector<pkt::Packet*> pending_;
  std::vector<pkt::Packet*> spare_;  ///< taken from the pool in bulk
  FrameCounts frames_;
  std::optional<Mismatch> first_mismatch_;
};

}  // namespace millrace::load
