#include "matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tcp/isn.h"
#include "tcp/listen.h"
#include "tcp/timers.h"
#include "wire/bytes.h"

namespace millrace::tcp::test {
namespace {

constexpr std::uint32_t kFullWindow = 65535;
constexpr auto kOptionMss = std::to_array<std::uint8_t>({2, 4});

/// "SND.NXT+1": the sum of names and numbers.
std::uint32_t value_of(std::string_view expression, const std::map<std::string, std::uint32_t, std::less<>>& numbers) {
  std::uint32_t sum = 0;
  std::size_t at = 0;
  bool minus = false;
  while (at <= expression.size()) {
    const std::size_t end = std::min(expression.find_first_of("+-", at), expression.size());
    const std::string_view term = expression.substr(at, end - at);
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(term.data(), term.data() + term.size(), value);
    if (error != std::errc{} || stop != term.data() + term.size()) {
      const auto named = numbers.find(term);
      EXPECT_NE(named, numbers.end()) << "nothing is called " << term;
      value = named == numbers.end() ? 0 : named->second;
    }
    sum += minus ? 0 - value : value;
    minus = end < expression.size() && expression[end] == '-';
    at = end + 1;
  }
  return sum;
}

/// "<SEQ=0><CTL=RST>": what stands behind `name`; empty when the name is not there.
std::string_view field(std::string_view segment, std::string_view name) {
  const std::size_t start = segment.find(fmt::format("<{}=", name));
  if (start == std::string_view::npos) return {};
  const std::size_t from = start + name.size() + 2;
  return segment.substr(from, segment.find('>', from) - from);
}

std::uint8_t control_bits(std::string_view names) {
  static const std::map<std::string_view, std::uint8_t> bits = {
      {"FIN", 1}, {"SYN", 2}, {"RST", 4}, {"PSH", 8}, {"ACK", 16}};
  std::uint8_t all = 0;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    const auto bit = bits.find(names.substr(at, end - at));
    EXPECT_NE(bit, bits.end()) << names;
    if (bit != bits.end()) all |= bit->second;
    at = end + 1;
  }
  return all;
}

std::string joined(const std::vector<std::string>& words, std::string_view nothing) {
  return words.empty() ? std::string{nothing} : fmt::format("{}", fmt::join(words, " "));
}

std::string in_words(Tick tick, Time now) {
  const std::int64_t ms = to_ms(to_time(tick, now) - now);
  if (to_tick(now + milliseconds{ms}) != tick) return fmt::format("{} ns", to_ns(to_time(tick, now) - now));
  return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

void Matrix::begin(In state) {
  env.challenge_limit = env.entry_limit = ChallengeLimit{};
  const bool with_listener = state == In::Listen || state == In::SynReceivedPassive || state == In::TimeWait;
  if (with_listener && !listening_) {
    given_listener();
    listening_ = true;
  }
  switch (state) {
    case In::Closed:
    case In::Listen:
      return;
    case In::SynReceivedPassive:
      arrives(seg().seq(0).syn().no_ack().mss(1460));
      return drain();
    case In::SynSent:
      return given(State::SynSent);
    case In::SynReceivedActive:
      return given(State::SynReceived);
    case In::Established:
      return given(State::Established);
    case In::FinWait1:
      return given(State::FinWait1);
    case In::FinWait2:
      return given(State::FinWait2);
    case In::CloseWait:
      return given(State::CloseWait);
    case In::Closing:
      return given(State::Closing);
    case In::LastAck:
      return given(State::LastAck);
    case In::TimeWait:
      given(State::TimeWait);
      return elapse(seconds{1});
  }
}

/// Back to nothing: whatever the flow is now goes.
void Matrix::end() {
  const flow::FlowRef ref = table.flows.find(key);
  if (ref != flow::kNoFlow && kind_of(ref) == kKindHalfOpen) drop_half_open(index_of(ref), env);
  if (ref != flow::kNoFlow && kind_of(ref) == kKindTimeWait) end_time_wait(index_of(ref), env);
  for (std::uint32_t i = 0; i < table.tcbs.touched(); ++i)
    if ((table.generation(i) & 1) != 0) tcp::abort(table.tcbs[i], env);
  nothing_left();
}

SeqNum Matrix::window_end(In state) {
  const flow::FlowRef ref = table.flows.find(key);
  if (ref == flow::kNoFlow || state == In::SynSent) return rcv(1) + kFullWindow;
  if (kind_of(ref) == kKindTcb) return tcb().rcv_adv;
  if (kind_of(ref) == kKindHalfOpen) return table.half_opens[index_of(ref)].irs + 1 + kFullWindow;
  const TimeWait& entry = table.time_waits[index_of(ref)];
  return entry.rcv_nxt + entry.window;
}

Matrix::Numbers Matrix::numbers(In state) {
  Numbers n{{"ISS", initial_sequence_number(key, env.now, config.isn_secret).raw()}, {"MAX.SND.WND", 65535}};
  const auto set = [&n](SeqNum una, SeqNum nxt, SeqNum rcv_nxt) {
    n["SND.UNA"] = una.raw();
    n["SND.NXT"] = nxt.raw();
    n["RCV.NXT"] = rcv_nxt.raw();
  };
  const flow::FlowRef ref = table.flows.find(key);
  if (ref == flow::kNoFlow) {
    set(snd(0), snd(77), rcv(0));
  } else if (kind_of(ref) == kKindTcb) {
    n["ISS"] = tcb().iss.raw();
    set(tcb().snd_una, tcb().snd_nxt, state == In::SynSent ? rcv(0) : tcb().rcv_nxt);
  } else if (kind_of(ref) == kKindHalfOpen) {
    const HalfOpen& half = table.half_opens[index_of(ref)];
    n["ISS"] = half.iss.raw();
    set(half.iss, half.iss + 1, half.irs + 1);
  } else {
    const TimeWait& entry = table.time_waits[index_of(ref)];
    set(entry.snd_nxt, entry.snd_nxt, entry.rcv_nxt);
  }
  return n;
}

std::string Matrix::told() {
  std::vector<std::string> words;
  for (const Event& event : batch.collect(env)) {
    std::string text = kEventNames[static_cast<std::size_t>(event.kind)];
    if (event.kind == EventKind::Readable) text += fmt::format(" {}", event.bytes);
    if (event.kind == EventKind::Closed) text += fmt::format(": {}", to_string(event.reason));
    words.push_back(text);
  }
  batch.done(env);
  return words.empty() ? kNothing : fmt::format("{}", fmt::join(words, ", "));
}

Matrix::Counts Matrix::counts() const {
  Counts all;
  for (std::size_t i = 0; i < kOutcomes; ++i)
    all[std::string{to_string(static_cast<Outcome>(i))}] = count.outcome[i].get();
  for_each(count, [&all](std::string_view name, std::uint64_t value) { all[std::string{name}] = value; });
  // What the state and the answer say already; check() compares them with those.
  all.erase("established");
  all.erase("segments_sent");
  all.erase("receive_memory");
  return all;
}

std::string Matrix::counted(const Counts& before) const {
  std::vector<std::string> words;
  std::string outcome;
  for (const auto& [name, value] : counts()) {
    const std::uint64_t grown = value - before.at(name);
    if (grown == 0) continue;
    const std::string word = grown == 1 ? name : fmt::format("{}={}", name, grown);
    bool is_outcome = false;
    for (std::size_t i = 0; i < kOutcomes; ++i) is_outcome |= name == to_string(static_cast<Outcome>(i));
    words.insert(is_outcome ? words.begin() : words.end(), word);
  }
  return joined(words, kNothing);
}

std::string Matrix::where() const {
  const flow::FlowRef ref = table.flows.find(key);
  if (ref == flow::kNoFlow) return listeners.find(key.local_index, key.local_port) == kNoListener ? "CLOSED" : "LISTEN";
  if (kind_of(ref) == kKindHalfOpen) return "SYN-RECEIVED";
  if (kind_of(ref) == kKindTimeWait) return "TIME-WAIT";
  return std::string{to_string(table.tcbs[index_of(ref)].state)};
}

std::string Matrix::deadlines() {
  const flow::FlowRef ref = table.flows.find(key);
  if (ref == flow::kNoFlow) {
    EXPECT_EQ(wheel.pending(), 0u);
    return kNone;
  }
  if (kind_of(ref) == kKindHalfOpen) return "syn-ack " + in_words(table.half_opens[index_of(ref)].timer.tick, env.now);
  if (kind_of(ref) == kKindTimeWait) return "2msl " + in_words(table.time_waits[index_of(ref)].ends_at, env.now);
  const Tcb& t = table.tcbs[index_of(ref)];
  const std::array<std::pair<const char*, Tick>, 4> all = {
      {{"rexmit", t.rexmit_at}, {"ack", t.delayed_ack_at}, {"idle", idle_at(t, table)}, {"user", t.user_at}}};
  std::vector<std::string> words;
  for (const auto& [name, tick] : all) {
    if (tick == 0) continue;
    words.push_back(fmt::format("{} {}", name, in_words(tick, env.now)));
    EXPECT_TRUE(t.timer.armed());
    EXPECT_LE(static_cast<std::int32_t>(t.timer.tick - tick), 0) << "the wheel fires after " << name;
  }
  return joined(words, kNone);
}

/// The segments of an answer, as bytes. The window field cannot be read off the notation: an RST has none; in TIME-WAIT
/// the right edge stays where it was promised; else the buffer has room for more than the field can say.
std::vector<std::string> Matrix::expected_bytes(const Row& row, const Numbers& numbers) {
  const std::string_view notation = row.sends;
  std::vector<std::string> all;
  for (std::size_t at = 0; notation != kNothing && at < notation.size();) {
    const std::size_t end = std::min(notation.find(' ', at), notation.size());
    const std::string_view segment = notation.substr(at, end - at);
    at = end + 1;
    const std::uint8_t bits = control_bits(field(segment, "CTL"));
    const std::string_view ack = field(segment, "ACK"), mss = field(segment, "MSS");
    std::vector<std::byte> bytes(mss.empty() ? 20 : 24);
    wire::store_be16(&bytes[0], key.local_port);
    wire::store_be16(&bytes[2], key.remote_port);
    wire::store_be32(&bytes[4], value_of(field(segment, "SEQ"), numbers));
    if (!ack.empty()) wire::store_be32(&bytes[8], value_of(ack, numbers));
    bytes[12] = static_cast<std::byte>(bytes.size() / 4 << 4);
    bytes[13] = static_cast<std::byte>(bits);
    std::uint32_t window = kFullWindow;
    if (row.state == "TIME-WAIT") window = numbers.at("RCV.END") - value_of(ack, numbers);
    if ((bits & Ctl::kRst) != 0) window = 0;
    wire::store_be16(&bytes[14], static_cast<std::uint16_t>(window));
    if (!mss.empty()) {
      bytes[20] = std::byte{kOptionMss[0]};
      bytes[21] = std::byte{kOptionMss[1]};
      wire::store_be16(&bytes[22], static_cast<std::uint16_t>(value_of(mss, numbers)));
    }
    all.push_back(hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  return all;
}

void Matrix::check(In state, const Seg& segment, std::string_view ack, const Row& row) {
  for (const std::string_view said : {row.sends, row.state, row.told, row.counted, row.deadlines})
    ASSERT_FALSE(said.empty()) << "the row leaves something unsaid";
  begin(state);
  Numbers n = numbers(state);
  n["RCV.END"] = window_end(state).raw();
  if (state != In::Closed && state != In::Listen && state != In::SynSent) {
    const std::uint32_t taken_by_fin = state == In::TimeWait ? 1 : 0;  // elsewhere the edge has moved on since
    EXPECT_EQ(n["RCV.END"] - n["RCV.NXT"], kFullWindow - taken_by_fin);
  }
  const std::uint32_t len = segment.length + ((segment.bits & Ctl::kSyn) != 0) + ((segment.bits & Ctl::kFin) != 0);
  const SeqNum rcv_nxt{n.at("RCV.NXT")};
  SeqNum seq = rcv_nxt;
  if (row.at == At::Left) seq = rcv_nxt - std::max(len, 1u);
  if (row.at == At::Over) seq = rcv_nxt - 5;
  if (row.at == At::Second) seq = rcv_nxt + 1;
  if (row.at == At::Last) seq = SeqNum{n.at("RCV.END")} - 1;
  if (row.at == At::Right) seq = SeqNum{n.at("RCV.END")};
  n["SEG.SEQ"] = seq.raw();
  n["SEG.LEN"] = len;
  n["SEG.ACK"] = value_of(ack, n);
  const Counts before = counts();
  const std::uint64_t sent_before = count.segments_sent.get();

  arrives(Seg{segment}.seq(seq - rcv(0)).ack(SeqNum{n.at("SEG.ACK")} - snd(0)));
  const std::vector<Sent> sent = take_sent();
  std::vector<std::string> bytes;
  for (const Sent& one : sent) {
    bytes.push_back(hex(one.bytes));
    EXPECT_EQ(one.key, key);
  }
  EXPECT_EQ(bytes, expected_bytes(row, n)) << row.sends;
  EXPECT_EQ(count.segments_sent.get() - sent_before, sent.size());
  EXPECT_EQ(where(), row.state);
  EXPECT_EQ(count.established.get(), row.state == "ESTABLISHED" || row.state == "CLOSE-WAIT" ? 1u : 0u);
  EXPECT_EQ(told(), row.told);
  EXPECT_EQ(counted(before), row.counted);
  EXPECT_EQ(deadlines(), row.deadlines);
  end();
}

void Matrix::in(In state, const Seg& segment, std::string_view ack, std::initializer_list<Row> rows) {
  static constexpr std::array kPlaces = {"any", "left", "over", "first", "second", "last", "right"};
  EXPECT_GT(rows.size(), 0u) << "an empty cell";
  for (const Row& row : rows) {
    SCOPED_TRACE(fmt::format("SEG.SEQ: {}", kPlaces[static_cast<std::size_t>(row.at)]));
    check(state, segment, ack, row);
  }
}

}  // namespace millrace::tcp::test
