// Sentences are made only for lines that are written.
#include "proxy/end_report.h"

#include <fmt/format.h>

#include <string>

namespace millrace::proxy {
namespace {

std::string why_text(api::CloseRule why) {
  const tcp::CloseRuleInfo& row = tcp::info(why);
  return fmt::format("{} ({})", row.words, row.by);
}

/// In the direction of the SYNs: client -> us, us -> server.
std::string path_of(const PairEnds& ends) {
  std::string text = fmt::format("{} -> {}", ends.client.remote.to_string(), ends.client.local.to_string());
  if (ends.upstream.remote.port != 0)
    text += fmt::format(" | {} -> {}", ends.upstream.local.to_string(), ends.upstream.remote.to_string());
  return text;
}

std::string_view who_text(PairEnd how, Leg first) noexcept {
  if (how == PairEnd::IdleTimeout || how == PairEnd::NoUpstream) return "us";
  return first == Leg::Client ? "the client" : "the server";
}

std::string traffic_of(const PairEnds& ends) {
  return fmt::format("{} bytes from the client, {} from the server", ends.client.bytes_in, ends.upstream.bytes_in);
}

}  // namespace

void EndReport::connect_failed(Time now, std::string_view upstream, const api::Endpoint& server,
                               api::CloseRule why) noexcept {
  connects_.log_text(now, base::LogLevel::Warn, [&] {
    return fmt::format("upstream {}: {} took no connection: {}", upstream, server.to_string(), why_text(why));
  });
}

void EndReport::pair_ended(Time now, PairEnd how, const PairEnds& ends, Leg first, api::CloseRule why) noexcept {
  pairs_.log_text(now, base::LogLevel::Warn, [&] {
    return fmt::format("pair {}: ended by {} first: {}{}, after {:.3f} s; {}", path_of(ends), who_text(how, first),
                       why_text(why), how == PairEnd::Truncated ? ", with bytes that nobody could deliver" : "",
                       static_cast<double>(to_us(ends.client.age)) / 1e6, traffic_of(ends));
  });
}

}  // namespace millrace::proxy
