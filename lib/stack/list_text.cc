// Plain integers in bytes and microseconds: whoever shows them to people chooses units.
#include "stack/list_text.h"

#include <fmt/format.h>

#include <charconv>

#include "tcp/tcb.h"

namespace millrace::stack {
namespace {

std::string endpoint(const wire::IpAddress& address, std::uint16_t port) {
  return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.to_string(), port);
}

std::string_view opened_by(tcp::State state, bool active) noexcept {
  if (state == tcp::State::TimeWait) return "-";
  return active ? "us" : "peer";
}

std::string_view name_of(ListedTimer timer, const ConnectionRow& row) noexcept {
  const bool orphan_waits = row.state == tcp::State::FinWait2 && (row.flags & tcp::kOrphan) != 0;
  switch (timer) {
    case ListedTimer::Retransmit:
      return (row.flags & tcp::kPersist) != 0 ? "probe" : "retransmit";
    case ListedTimer::DelayedAck:
      return "delayed-ack";
    case ListedTimer::Idle:
      return orphan_waits ? "fin-wait-2" : "keepalive";
    default:
      return row.state == tcp::State::TimeWait ? "time-wait" : "give-up";
  }
}

/// "retransmit:180000,give-up:900000000"
std::string timers_of(const ConnectionRow& row) {
  std::string text;
  for (std::size_t i = 0; i < kListedTimers; ++i) {
    if (row.timers[i] < Duration{0}) continue;
    if (!text.empty()) text += ',';
    text += fmt::format("{}:{}", name_of(static_cast<ListedTimer>(i), row), to_us(row.timers[i]));
  }
  return text.empty() ? "-" : text;
}

std::string flags_of(std::uint32_t flags) {
  struct Word {
    std::uint32_t bit;
    std::string_view word;
  };
  constexpr Word kWords[] = {
      {tcp::kTimestamps, "ts"},         {tcp::kSackPermitted, "sack"},         {tcp::kWindowScaling, "wscale"},
      {tcp::kNoDelay, "nodelay"},       {tcp::kFinQueued, "closed"},           {tcp::kPeerFin, "peer-closed"},
      {tcp::kOrphan, "given-up"},       {tcp::kAbortWhenAcked, "reset-after"}, {tcp::kPersist, "window-shut"},
      {tcp::kCwndLimited, "cwnd-full"},
  };
  std::string text;
  for (const auto& [bit, word] : kWords)
    if ((flags & bit) != 0) text += text.empty() ? std::string{word} : fmt::format(",{}", word);
  return text.empty() ? "-" : text;
}

std::string micros(Duration duration) { return duration < Duration{0} ? "-" : fmt::format("{}", to_us(duration)); }

/// What is 0 is not known, or is not so.
std::string or_dash(std::uint64_t number) { return number == 0 ? "-" : fmt::format("{}", number); }

/// What only a connection has; `row.cwnd` tells that it is one.
std::string sending_of(const ConnectionRow& row) {
  if (row.cwnd == 0) return "- - - - - - - - - -";
  const tcp::SendingFacts& facts = row.sending;
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", cc::to_string(facts.algorithm), tcp::to_string(facts.phase),
                     or_dash(facts.pacing_rate), or_dash(facts.delivery_rate), micros(facts.min_rtt),
                     facts.reordering_seen ? 1 : 0, to_us(facts.reordering_window), facts.dsacks, facts.lost,
                     facts.bytes_sent);
}

bool take_word(std::string_view key, std::string_view value, ListFilter& filter, std::uint32_t& states) {
  if (key == "host") {
    const auto host = wire::IpAddress::parse(value);
    if (host) filter.hosts.push_back(*host);
    return host.has_value();
  }
  if (key == "port") {
    std::uint16_t& port = filter.ports.emplace_back();
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), port);
    return error == std::errc{} && stop == value.data() + value.size() && port != 0;
  }
  if (key != "state") return false;
  for (unsigned i = 0; i <= static_cast<unsigned>(tcp::State::TimeWait); ++i) {
    if (tcp::to_string(static_cast<tcp::State>(i)) != value) continue;
    states |= 1u << i;
    return true;
  }
  return false;
}

}  // namespace

std::string to_text(const ConnectionRow& row, std::uint16_t worker) {
  const auto ssthresh = row.ssthresh == 0xffff'ffff || row.cwnd == 0 ? "-" : fmt::format("{}", row.ssthresh);
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", worker,
                     tcp::to_string(row.state), opened_by(row.state, row.active),
                     endpoint(row.ends.local, row.ends.local_port), endpoint(row.ends.remote, row.ends.remote_port),
                     micros(row.age), row.recv_q, row.send_q, timers_of(row), micros(row.rto), row.srtt_us,
                     row.rttvar_us, row.backoff, row.cwnd, ssthresh, row.mss, row.snd_wnd, row.rcv_wnd, row.snd_wscale,
                     row.rcv_wscale, row.bytes_in, row.bytes_out, row.flight, row.retransmits, flags_of(row.flags),
                     sending_of(row));
}

std::string to_text(const ClosedRow& row, std::uint16_t worker, Duration epoch) {
  const tcp::Closed& entry = row.entry;
  const std::string lived = tcp::is_half_open(entry.rule) ? "-" : micros(entry.closed - entry.opened);
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}", worker, row.number,
                     to_us(entry.closed.time_since_epoch() + epoch), lived, entry.active ? "us" : "peer",
                     endpoint(row.ends.local, row.ends.local_port), endpoint(row.ends.remote, row.ends.remote_port),
                     tcp::to_string(entry.state), tcp::info(entry.rule).name, entry.bytes_in, entry.bytes_out,
                     entry.unread, entry.unsent, entry.retransmits);
}

std::optional<ListFilter> parse_filter(std::string_view text) {
  ListFilter filter;
  std::uint32_t states = 0;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || !take_word(word.substr(0, equals), word.substr(equals + 1), filter, states))
      return std::nullopt;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (states != 0) filter.states = states;
  return filter;
}

}  // namespace millrace::stack
