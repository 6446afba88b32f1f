#include "connection_options.h"

#include "values.h"

namespace millrace::config {

void read_connection_options(TableReader& reader, api::ConnectionOptions& options) {
  reader.number({"dscp", "46"}, options.dscp, {0, 63});
  reader.number({"hop_limit", "64"}, options.hop_limit, {1, 255});
  reader.duration({"user_timeout", R"("60s")"}, options.user_timeout, {seconds{1}, hours{24}});
  Duration idle{0};
  reader.duration({"keepalive", R"("2h")"}, idle, {Duration{0}, hours{8}});
  options.keepalive.on = idle > Duration{0};
  if (options.keepalive.on) options.keepalive.idle = idle;
  reader.duration({"keepalive_interval", R"("75s")"}, options.keepalive.interval, {seconds{1}, hours{1}});
  // RFC 9293 3.8.4: one unanswered probe must not end a connection.
  reader.number({"keepalive_count", "9"}, options.keepalive.count, {2, 255});
  reader.parsed({"congestion_control", R"("cubic")"}, options.congestion_control, parse_algorithm, algorithm_choices());
  bool pacing = false;
  if (reader.flag({"pacing", "true"}, pacing) != 0) options.pacing = pacing;
  reader.parsed({"ecn", R"("classic")"}, options.ecn, parse_ecn, kEcnChoices);
}

}  // namespace millrace::config
