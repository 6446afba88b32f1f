#include "summary.h"

#include <fmt/format.h>

#include "tcp/close_rule.h"

namespace millrace::ss {
namespace {

std::uint64_t at(const Counters& counters, const std::string& name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

std::uint64_t sum(const Sample& sample, const std::string& name) {
  std::uint64_t total = 0;
  for (const Counters& worker : sample) total += at(worker, name);
  return total;
}

Counters numbers_of(const tools::Answer& answer) {
  Counters counters;
  for (const auto& [name, value] : answer.fields) counters[name] = std::strtoull(value.c_str(), nullptr, 10);
  return counters;
}

}  // namespace

Sample take_sample(tools::TelemetryClient& client) {
  Sample sample;
  const std::uint64_t workers = at(numbers_of(client.ask("/millrace/stats")), "workers");
  for (std::uint64_t i = 0; i < workers; ++i)
    sample.push_back(numbers_of(client.ask(fmt::format("/millrace/stats,{}", i))));
  return sample;
}

std::string summary_text(const Sample& before, const Sample& now) {
  const auto grown = [&](const std::string& name) { return sum(now, name) - sum(before, name); };
  std::string text =
      fmt::format("established {}   opened +{} by peers, +{} by us   retransmits +{}\n", sum(now, "tcp_established"),
                  grown("tcp_passive_opens"), grown("tcp_active_opens"), grown("tcp_retransmits"));
  for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
    const std::uint64_t busy = at(now[i], "busy_cycles") - at(before[i], "busy_cycles");
    const std::uint64_t idle = at(now[i], "idle_cycles") - at(before[i], "idle_cycles");
    const double share = busy + idle == 0 ? 0 : 100.0 * static_cast<double>(busy) / static_cast<double>(busy + idle);
    text += fmt::format("worker {:<3} busy {:5.1f} %   rx +{}   tx +{}   established {}\n", i, share,
                        at(now[i], "rx_packets") - at(before[i], "rx_packets"),
                        at(now[i], "tx_packets") - at(before[i], "tx_packets"), at(now[i], "tcp_established"));
  }
  text += "ends since the start, and in this second:\n";
  for (std::size_t i = 1; i < tcp::kCloseRules; ++i) {
    const tcp::CloseRuleInfo& rule = tcp::info(static_cast<tcp::CloseRule>(i));
    const std::string name = fmt::format("closed_{}", rule.name);
    if (sum(now, name) > 0)
      text += fmt::format("{:>12} {:>+8}   {}\n", sum(now, name), static_cast<std::int64_t>(grown(name)), rule.words);
  }
  return text;
}

}  // namespace millrace::ss
