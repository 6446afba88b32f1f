// What a test says about segments: how one that arrives is described, and how one that was sent is written down.
//
// Numbers are relative: seq(n) of an arriving segment is IRS + n and its ack(n) is ISS + n, so the first byte of either
// stream has number 1. Text is a pattern of its place in the stream; whoever reads or sends it checks every byte.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "pkt/packet.h"
#include "tcp/segment.h"
#include "wire/ecn.h"

namespace millrace::tcp::test {

/// The byte that every stream carries at sequence number `n` (relative; the first is 1).
[[nodiscard]] inline char text_at(std::uint32_t n) { return static_cast<char>('a' + n % 23); }
[[nodiscard]] std::string text_from(std::uint32_t n, std::uint32_t length);

/// An arriving segment. What is not said is what the peer would say next: SEQ = RCV.NXT, ACK = SND.NXT, the window
/// 65535, the connection's timestamps.
struct Seg {
  std::optional<std::uint32_t> seq_, ack_;
  std::uint8_t bits = Ctl::kAck;
  std::uint16_t window = 0xffff;
  std::uint16_t up = 0;
  std::uint32_t length = 0;
  std::vector<std::uint32_t> buffers;  ///< how the text is spread; empty: one buffer
  wire::TcpOptions options;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sacks;
  bool no_timestamps = false;
  std::uint8_t ace_ = 0;
  wire::Ecn ecn_ = wire::Ecn::NotEct;

  Seg& seq(std::uint32_t n) { return seq_ = n, *this; }
  Seg& ack(std::uint32_t n) { return ack_ = n, *this; }
  Seg& wnd(std::uint16_t field) { return window = field, *this; }
  Seg& data(std::uint32_t n) { return length = n, *this; }
  Seg& data_in(std::initializer_list<std::uint32_t> parts) {
    buffers = parts;
    length = 0;
    for (const std::uint32_t part : buffers) length += part;
    return *this;
  }
  Seg& fin() { return bits |= Ctl::kFin, *this; }
  Seg& syn() { return bits |= Ctl::kSyn, *this; }
  Seg& rst() { return bits |= Ctl::kRst, *this; }
  /// SEG.UP: where urgent data ends, relative to SEG.SEQ.
  Seg& urg(std::uint16_t pointer) { return bits |= Ctl::kUrg, up = pointer, *this; }
  Seg& no_ack() { return bits &= static_cast<std::uint8_t>(~Ctl::kAck), *this; }
  Seg& mss(std::uint16_t value) { return options.mss = value, *this; }
  Seg& wscale(std::uint8_t shift) { return options.has_window_scale = true, options.window_scale = shift, *this; }
  Seg& sack_ok() { return options.sack_permitted = true, *this; }
  Seg& ts(std::uint32_t val, std::uint32_t ecr = 0) {
    return options.has_timestamps = true, options.ts_val = val, options.ts_ecr = ecr, *this;
  }
  /// Asks for a Fast Open cookie.
  Seg& asks_cookie() { return options.has_fast_open = true, *this; }
  Seg& cookie(const wire::FastOpenCookie& value) { return options.fast_open = value, asks_cookie(); }
  /// A block of the SACK option: what the peer has got of ours, relative like ack().
  Seg& sack(std::uint32_t left, std::uint32_t right) { return sacks.emplace_back(left, right), *this; }
  Seg& no_ts() { return no_timestamps = true, *this; }
  /// AE, CWR and ECE as three bits.
  Seg& ace(std::uint8_t flags) { return ace_ = flags, *this; }
  /// In the IP header.
  Seg& ecn(wire::Ecn codepoint) { return ecn_ = codepoint, *this; }
  Seg& ce() { return ecn(wire::Ecn::Ce); }
  /// An AccECN option of order 0 with all its fields.
  Seg& accecn(std::uint32_t e0b, std::uint32_t ceb, std::uint32_t e1b) {
    return options.accecn = {3, false, e0b, ceb, e1b}, *this;
  }
  Seg& malformed() { return options.malformed = true, *this; }
};
[[nodiscard]] inline Seg seg() { return {}; }

/// A segment that was sent.
struct Sent {
  wire::TcpHeader header;
  flow::FlowKey key;  ///< of its connection
  wire::Ecn ecn = wire::Ecn::NotEct;
  std::string text;
  std::string bytes;      ///< header and text as they leave TCP, the checksum still open
  unsigned parts = 0;     ///< buffers of the packet
  bool in_place = false;  ///< header in the headroom of the text's own buffer
  unsigned summed = 0;    ///< bytes at its end whose checksum is known
};

/// Reads a packet that starts at its TCP header.
[[nodiscard]] Sent read_sent(const pkt::Packet& packet);

/// "PA seq=1 ack=1 len=5": bits in the order S F R P U A, relative numbers, the window unless it is 65535, options as
/// mss= ws= sackOK ts=<val less our clock and offset>,<ecr> accecn0=<fields> sack=l-r cookie=<bytes in it>. AE, CWR and
/// ECE follow as ace=011 unless all are 0, and the codepoint of the IP header if it is not Not-ECT. Wrong text shows as
/// "WRONG-TEXT".
[[nodiscard]] std::string to_text(const Sent& sent, SeqNum iss, SeqNum irs, std::uint32_t ts_now);

/// What the peer says in its SYN.
struct Peer {
  std::uint16_t mss = 1460;
  std::optional<std::uint8_t> wscale{};
  bool sack = false;
  std::optional<std::uint32_t> ts{};
  std::uint16_t window = 0xffff;
};

}  // namespace millrace::tcp::test
