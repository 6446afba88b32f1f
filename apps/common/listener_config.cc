#include "listener_config.h"

#include <fmt/format.h>

namespace millrace::config {
namespace {

constexpr std::int64_t kMostConnections = 50'000'000;

std::optional<api::SynCookies> parse_syn_cookies(std::string_view text) {
  if (text == "cache") return api::SynCookies::Cache;
  if (text == "auto") return api::SynCookies::Auto;
  if (text == "always") return api::SynCookies::Always;
  return std::nullopt;
}

std::optional<api::Verdict> parse_refusal(std::string_view text) {
  if (text == "reject") return api::Verdict::Reject;
  if (text == "drop") return api::Verdict::Drop;
  return std::nullopt;
}

std::optional<api::Verdict> parse_policy(std::string_view text) {
  if (text == "accept") return api::Verdict::Accept;
  return parse_refusal(text);
}

void read_networks(TableReader& reader, std::string_view name, api::Verdict verdict, api::AccessRules& rules) {
  const Key key{name, R"(["192.0.2.0/24"])"};
  std::vector<std::pair<std::string, int>> texts;
  reader.texts(key, texts);
  for (const auto& [text, line] : texts) {
    const auto network = wire::IpPrefix::parse(text);
    if (!network) {
      reader.error(line,
                   fmt::format("'{}' in [[listener]] has \"{}\", which is not a network with a length", name, text),
                   fmt::format("Write for example {} = {}.", name, key.example));
    } else if (!rules.add(*network, verdict)) {
      reader.error(line,
                   fmt::format("'{}' in [[listener]] has {}, which has a rule already or is one of too many", name,
                               network->to_string()),
                   fmt::format("Name each network once in accept, reject and drop, at most {} in all.",
                               api::AccessRules::kMostRules));
    }
  }
}

/// The longest prefix decides, so the order of the lists means nothing.
void read_access(TableReader& reader, api::AccessRules& rules) {
  api::Verdict otherwise = api::Verdict::Accept;
  reader.parsed({"policy", R"("accept")"}, otherwise, parse_policy, "one of accept, reject, drop");
  rules = api::AccessRules{otherwise};
  read_networks(reader, "accept", api::Verdict::Accept, rules);
  read_networks(reader, "reject", api::Verdict::Reject, rules);
  read_networks(reader, "drop", api::Verdict::Drop, rules);
}

}  // namespace

void read_listen_options(TableReader& reader, std::uint16_t workers, api::ListenOptions& options) {
  std::uint32_t most = 0;
  reader.parsed({"syn_cookies", R"("auto")"}, options.syn_cookies, parse_syn_cookies, "one of cache, auto, always");
  reader.number({"backlog", "1024"}, options.half_open_limit, {1, kMostConnections});
  reader.number({"cookie_watermark", "75"}, options.cookie_watermark, {0, 100});
  reader.number({"max_connections", "10000"}, most, {1, kMostConnections});
  reader.parsed({"when_full", R"("drop")"}, options.when_full, parse_refusal, "one of reject, drop");
  reader.number({"fast_open", "64"}, options.fast_open, {0, kMostConnections});
  reader.number({"mss", "1360"}, options.mss_clamp, {88, 8960});
  read_access(reader, options.access);
  options.max_connections = most / workers + (most % workers != 0 ? 1 : 0);
}

}  // namespace millrace::config
