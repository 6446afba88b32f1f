// The segment matrix: every kind of segment in every state, at every place relative to the window (RFC 9293 3.10.7).
//
// A test rcv_<kind>_<state> is one cell: rows that say where SEG.SEQ lies and all that must follow: the answer in the
// RFC's notation, the next state, what the application is told, what is counted and which deadlines are set. Each row
// begins anew. The answer is compared byte by byte. What a row leaves empty fails: "nothing" and "none" are words.
//
// Names in an answer have their value before the segment came. The window of RCV.NXT is 65535 bytes; its first number
// is RCV.NXT, its last RCV.NXT+65534.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fixture.h"

namespace millrace::tcp::test {

enum class In {
  Closed,
  Listen,
  SynSent,
  SynReceivedPassive,  ///< a half-open connection of a listener
  SynReceivedActive,   ///< simultaneous open
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,  ///< for one second; its port has a listener
};

/// Where SEG.SEQ lies.
enum class At {
  Any,    ///< there is no window yet
  Left,   ///< the last number of the segment is RCV.NXT-1
  Over,   ///< the text begins five bytes before RCV.NXT and ends five behind
  First,  ///< SEG.SEQ = RCV.NXT
  Second,
  Last,   ///< SEG.SEQ = RCV.NXT+RCV.WND-1
  Right,  ///< SEG.SEQ = RCV.NXT+RCV.WND
};

// The answers of 3.10.7.
inline constexpr auto kAck = "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>";
inline constexpr auto kSynAck = "<SEQ=ISS><ACK=SEG.SEQ+1><CTL=SYN,ACK><MSS=1460>";
inline constexpr auto kRstAtAck = "<SEQ=SEG.ACK><CTL=RST>";
inline constexpr auto kRstAck = "<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>";
inline constexpr auto kNothing = "nothing";
inline constexpr auto kNone = "none";

struct Row {
  At at;
  std::string_view sends;
  std::string_view state;  ///< next
  std::string_view told;
  std::string_view counted;  ///< the outcome, then every counter that grew, by its name
  std::string_view deadlines;
};

class Matrix : public SegmentTest {
 protected:
  /// One cell. `ack` is SEG.ACK where the bit is set.
  void in(In state, const Seg& segment, std::initializer_list<Row> rows) { in(state, segment, "SND.NXT", rows); }
  void in(In state, const Seg& segment, std::string_view ack, std::initializer_list<Row> rows);

 private:
  using Numbers = std::map<std::string, std::uint32_t, std::less<>>;
  using Counts = std::map<std::string, std::uint64_t>;

  void begin(In state);
  void end();
  void check(In state, const Seg& segment, std::string_view ack, const Row& row);
  [[nodiscard]] Numbers numbers(In state);
  [[nodiscard]] SeqNum window_end(In state);
  [[nodiscard]] std::string told();
  [[nodiscard]] std::string counted(const Counts& before) const;
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string deadlines();
  [[nodiscard]] std::vector<std::string> expected_bytes(const Row& row, const Numbers& numbers);
  bool listening_ = false;
};

}  // namespace millrace::tcp::test
