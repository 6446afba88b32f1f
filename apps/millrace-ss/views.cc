#include "views.h"

#include <fmt/format.h>

#include <algorithm>

#include "tcp/close_rule.h"
#include "units.h"

namespace millrace::ss {
namespace {

using tools::bytes_text;
using tools::duration_text;
using tools::Row;

tcp::CloseRuleInfo rule_of(const Row& row) {
  if (const auto rule = tcp::close_rule_from(row.at("rule"))) return tcp::info(*rule);
  tcp::CloseRuleInfo unknown = tcp::info(tcp::CloseRule::None);
  unknown.words = row.at("rule");  // a newer process than this program
  return unknown;
}

/// "retransmit:180000,give-up:900000000" -> "retransmit 180.0 ms, give-up 15 min 0 s"
std::string timers_text(std::string_view timers) {
  std::string text;
  while (!timers.empty() && timers != "-") {
    const std::size_t comma = std::min(timers.find(','), timers.size());
    const std::string_view one = timers.substr(0, comma);
    const std::size_t colon = std::min(one.find(':'), one.size());
    const std::uint64_t us =
        std::strtoull(std::string{one.substr(std::min(colon + 1, one.size()))}.c_str(), nullptr, 10);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.substr(0, colon), duration_text(us));
    timers.remove_prefix(std::min(comma + 1, timers.size()));
  }
  return text.empty() ? "none" : text;
}

std::string time_text(const Row& row, std::string_view column) {
  return row.has(column) ? duration_text(row.number(column)) : "-";
}

std::string rate_text(const Row& row, std::string_view column) {
  return row.has(column) ? bytes_text(row.number(column)) + "/s" : "-";
}

/// How it sends; empty for who does not, and of a process that does not tell.
std::string sending_text(const Row& row) {
  if (!row.has("congestion_control")) return "";
  return fmt::format("\n    {} {} pacing:{} delivery:{} min-rtt:{} reordering:{} dsacks:{} lost:{} bytes-sent:{}",
                     row.at("congestion_control"), row.at("phase"), rate_text(row, "pacing_rate"),
                     rate_text(row, "delivery_rate"), time_text(row, "min_rtt_us"),
                     row.number("reordering_seen") == 0 ? "no" : time_text(row, "reordering_us"), row.at("dsacks"),
                     row.at("lost"), row.at("bytes_sent"));
}

std::string direction(const Row& row) {
  return row.at("opened_by") == "us" ? fmt::format("{} -> server {}", row.at("local"), row.at("remote"))
                                     : fmt::format("client {} -> {}", row.at("remote"), row.at("local"));
}

std::string left_behind(const Row& row) {
  std::string text;
  if (row.number("unread") > 0)
    text += fmt::format("; {} not read by our application when it ended", bytes_text(row.number("unread")));
  if (row.number("unsent") > 0)
    text += fmt::format("; {} never acknowledged by the peer", bytes_text(row.number("unsent")));
  if (row.number("retransmits") > 0) text += fmt::format("; {} retransmissions", row.number("retransmits"));
  return text;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Texts of the table and of the process hold no character that JSON escapes.
void put(std::string& json, std::string_view name, std::string_view value) {
  json += json.size() > 1 ? "," : "";
  if (value == "-")
    json += fmt::format("\"{}\":null", name);
  else
    json += fmt::format(fmt::runtime(is_number(value) ? "\"{}\":{}" : "\"{}\":\"{}\""), name, value);
}

std::string established_text(const Row& row) {
  std::string text = "Open both ways.";
  const std::uint64_t unread = row.number("recv_q"), queued = row.number("send_q"), flight = row.number("flight");
  if (unread > 0)
    text += fmt::format(
        " {} wait until our application reads them; as long as it does not, the peer's window shrinks."
        " A proxy reads no more than the other side takes: explain that connection too.",
        bytes_text(unread));
  if (row.lists("flags", "window-shut"))
    text += fmt::format(
        " The peer has shut its window: {} wait to be sent, and probes ask when it opens. Its program does not read.",
        bytes_text(queued));
  else if (flight > 0)
    text += fmt::format(" {} are under way and not acknowledged.", bytes_text(flight));
  if (row.at("phase") == "recovery") text += " Some of it was lost and is being sent again (fast recovery).";
  if (row.at("phase") == "loss") text += " What was outstanding when the timeout came is being sent again.";
  if (queued > flight && row.lists("flags", "cwnd-full"))
    text += fmt::format(" {} more wait for the congestion window.", bytes_text(queued - flight));
  if (row.number("backoff") > 0)
    text += fmt::format(" The timeout has doubled {} times: nothing comes back. The path or the peer is in trouble.",
                        row.number("backoff"));
  if (unread == 0 && queued == 0) text += " Idle: nothing to send, nothing unread.";
  return text;
}

std::string fin_wait_2_text(const Row& row) {
  return row.lists("flags", "given-up")
             ? "Our application has closed, and the peer has acknowledged it; now the peer must close. If it does not, "
               "[tcp] fin_wait_2_timeout ends it."
             : "Our side was closed, the peer may send on, for as long as it likes (half-close); our application still "
               "reads.";
}

std::string state_text(const Row& row) {
  const std::string_view state = row.at("state");
  if (state == "SYN-SENT")
    return "We have sent a SYN and wait for the answer. If none comes, the host is down or a firewall drops the SYN.";
  if (state == "SYN-RECEIVED")
    return fmt::format(
        "Half-open: we have answered a SYN{} and wait for the client's ACK. If it does not come, the SYN was forged or "
        "our answer does not reach the client.",
        row.number("backoff") > 0 ? fmt::format(", {} times again,", row.number("backoff")) : "");
  if (state == "ESTABLISHED") return established_text(row);
  if (state == "FIN-WAIT-1")
    return row.number("send_q") > 0 ? fmt::format("We have closed; {} must be acknowledged before our FIN is.",
                                                  bytes_text(row.number("send_q")))
                                    : "We have closed and wait for the ACK of our FIN.";
  if (state == "FIN-WAIT-2") return fin_wait_2_text(row);
  if (state == "CLOSE-WAIT")
    return row.number("recv_q") + row.number("send_q") > 0
               ? "The peer has closed; what it sent, or what we owe it, is still on its way through our application."
               : "The peer has closed; we wait for our application to close too. Many of these that stay mean a "
                 "program "
                 "that forgets to.";
  if (state == "CLOSING") return "Both sides closed at the same time; we wait for the ACK of our FIN.";
  if (state == "LAST-ACK") return "Both sides have closed; we wait for the ACK of our FIN.";
  if (state == "TIME-WAIT")
    return "Closed. The 4-tuple is kept for 2 MSL, so that the peer's FIN can be acknowledged again and no old segment "
           "reaches a new connection ([tcp] msl). Nothing is wrong.";
  return "";
}

}  // namespace

std::string connection_head() {
  return fmt::format("{:<12} {:>7} {:>7} {:<22} {:<22} {}\n", "State", "Recv-Q", "Send-Q", "Local", "Peer", "Worker");
}

std::string connection_text(const Row& row, bool one_line) {
  std::string text = fmt::format("{:<12} {:>7} {:>7} {:<22} {:<22} {}\n", row.at("state"), row.at("recv_q"),
                                 row.at("send_q"), row.at("local"), row.at("remote"), row.at("worker"));
  if (one_line) return text;
  text += fmt::format("    timers: {}", timers_text(row.at("timers")));
  if (row.has("age_us"))
    text += fmt::format(
        "  age:{} opened-by:{} rto:{} rtt:{}/{} cwnd:{} ssthresh:{} mss:{} snd-wnd:{} rcv-wnd:{} wscale:{},{} "
        "bytes-in:{} bytes-out:{} in-flight:{} retransmits:{} backoff:{} flags:{}",
        time_text(row, "age_us"), row.at("opened_by"), time_text(row, "rto_us"), time_text(row, "srtt_us"),
        time_text(row, "rttvar_us"), row.at("cwnd"), row.at("ssthresh"), row.at("mss"), row.at("snd_wnd"),
        row.at("rcv_wnd"), row.at("snd_wscale"), row.at("rcv_wscale"), row.at("bytes_in"), row.at("bytes_out"),
        row.at("flight"), row.at("retransmits"), row.at("backoff"), row.at("flags"));
  return text + sending_text(row) + "\n";
}

std::string upstream_head() {
  return fmt::format("{:<16} {:<24} {:>7} {:>8} {:>12} {:>9} {:>12} {:>13}\n", "Upstream", "Server", "Healthy",
                     "Active", "Connections", "Failures", "Checks good", "Checks failed");
}

std::string upstream_text(const Row& row) {
  return fmt::format("{:<16} {:<24} {:>7} {:>8} {:>12} {:>9} {:>12} {:>13}\n", row.at("upstream"), row.at("server"),
                     fmt::format("{}/{}", row.at("healthy_workers"), row.at("workers")), row.at("active"),
                     row.at("connections"), row.at("failures"), row.at("checks_good"), row.at("checks_failed"));
}

std::string closed_text(const Row& row, std::uint64_t now_us) {
  const tcp::CloseRuleInfo rule = rule_of(row);
  std::string text =
      fmt::format("{} {}: {}", tools::clock_text(row.number("ended_us"), now_us), direction(row), rule.words);
  if (!rule.by.empty()) text += fmt::format(" ({})", rule.by);
  if (row.has("lived_us"))
    text += fmt::format(" after {} in {}; {} in, {} out", duration_text(row.number("lived_us")), row.at("state"),
                        bytes_text(row.number("bytes_in")), bytes_text(row.number("bytes_out")));
  return text + left_behind(row) + "\n";
}

std::string json_text(const Row& row) {
  std::string json = "{";
  for (const std::string& column : row.columns()) put(json, column, row.at(column));
  if (row.has("rule")) {
    const tcp::CloseRuleInfo rule = rule_of(row);
    put(json, "who", tcp::to_string(rule.who));
    put(json, "how", tcp::to_string(rule.how));
    put(json, "words", rule.words);
    put(json, "by", rule.by);
    put(json, "next", rule.next);
  }
  return json + "}\n";
}

std::string explain_live(const Row& row) {
  std::string text = fmt::format(
      "{}: {}", row.at("opened_by") == "-" ? fmt::format("{} - {}", row.at("local"), row.at("remote")) : direction(row),
      row.at("state"));
  if (row.has("age_us"))
    text += fmt::format(", for {}; {} in, {} out, {} retransmissions", duration_text(row.number("age_us")),
                        bytes_text(row.number("bytes_in")), bytes_text(row.number("bytes_out")), row.at("retransmits"));
  return text + fmt::format("\n  {}\n  timers: {}\n", state_text(row), timers_text(row.at("timers")));
}

std::string explain_closed(const Row& row, std::uint64_t now_us) {
  const tcp::CloseRuleInfo rule = rule_of(row);
  std::string text =
      closed_text(row, now_us) + fmt::format("  Ended by {}, {}.", to_string(rule.who), to_string(rule.how));
  if (!rule.next.empty()) text += fmt::format(" {}", rule.next);
  return text + "\n";
}

}  // namespace millrace::ss
