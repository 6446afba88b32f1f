#include "report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/version.h"
#include "values.h"

namespace millrace::load {
namespace {

using Json = nlohmann::ordered_json;

double us(Duration span) noexcept { return static_cast<double>(to_ns(span)) / 1000; }

/// To `digits` decimals: what was measured has no more.
double rounded(double value, int digits) noexcept {
  double scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  return std::round(value * scale) / scale;
}

double per_second(std::uint64_t n, double seconds) noexcept {
  return seconds > 0 ? static_cast<double>(n) / seconds : 0;
}

/// All parts as one.
PartResult sum_of(const Measurement& measurement, const std::string& mode) {
  PartResult sum;
  for (const PartResult& part : measurement.parts) sum.add(part);
  sum.mode = mode;
  return sum;
}

/// Requests, or what a mode without them has instead.
std::uint64_t units(const Counts& count) noexcept {
  return count.requests != 0 ? count.requests : count.connections != 0 ? count.connections : count.syns;
}

double cycles_per_request(const Measurement& measurement, const Counts& count) noexcept {
  const std::uint64_t n = units(count);
  return n == 0 ? 0 : static_cast<double>(measurement.busy_cycles) / static_cast<double>(n);
}

void put_part(Json& out, const PartResult& part, double seconds) {
  const Histogram& latency = part.latency;
  out["requests"] = part.count.requests;
  out["requests_per_s"] = rounded(per_second(part.count.requests, seconds), 1);
  out["connections"] = part.count.connections;
  out["connections_per_s"] = rounded(per_second(part.count.connections, seconds), 1);
  out["bytes_in"] = part.count.bytes_in;
  out["bytes_out"] = part.count.bytes_out;
  out["latency_us"] = {{"p50", rounded(us(latency.quantile(0.5)), 2)},
                       {"p90", rounded(us(latency.quantile(0.9)), 2)},
                       {"p99", rounded(us(latency.quantile(0.99)), 2)},
                       {"p999", rounded(us(latency.quantile(0.999)), 2)},
                       {"p9999", rounded(us(latency.quantile(0.9999)), 2)},
                       {"max", rounded(us(latency.max()), 2)},
                       {"mean", rounded(us(latency.mean()), 2)}};
  out["retransmissions"] = part.count.retransmissions;
  out["timeouts"] = part.count.timeouts;
  out["resets"] = part.count.resets;
  out["mismatches"] = part.count.mismatches;
  out["failed"] = part.count.failed;
  out["bad_answers"] = part.count.bad_answers;
  out["held"] = part.held;
  out["syns"] = part.count.syns;
  out["syns_per_s"] = rounded(per_second(part.count.syns, seconds), 1);
  out["late"] = part.late;
}

std::string endpoint_text(const Target& target) { return config::format_endpoint({target.address, target.port}); }

std::string local_text(std::uint32_t local, const Sources& sources) {
  return endpoint_text({sources.address(local >> 16), static_cast<std::uint16_t>(local)});
}

Json setup_json(const Options& options, const Setting& setting) {
  const PartOptions& first = options.parts.front();
  return {{"version", MILLRACE_VERSION_STRING},
          {"target", endpoint_text(first.target)},
          {"sources", options.sources->to_string()},
          {"ports", fmt::format("{}-{}", options.ports.first, options.ports.last)},
          {"connections", first.connections},
          {"size", first.size},
          {"answer", first.answer_size()},
          {"rate", first.rate},
          {"verify", options.verify},
          {"warmup_s", us(options.warmup) / 1e6},
          {"device", options.device},
          {"driver", setting.driver},
          {"mtu", options.mtu},
          {"tx_checksum", setting.tx_checksum_offload ? "hardware" : "software"},
          {"peer_mac", setting.peer_mac},
          {"cpu", setting.cpu},
          {"processor", setting.processor}};
}

Json mismatch_json(const Mismatch& mismatch, const Sources& sources) {
  return {{"connection", local_text(mismatch.local, sources)},
          {"offset", mismatch.offset},
          {"expected", static_cast<int>(mismatch.expected)},
          {"got", static_cast<int>(mismatch.got)}};
}

std::string latency_text(const Histogram& latency) {
  if (latency.count() == 0) return {};
  return fmt::format(
      "  latency      p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  p99.99 {:.1f}  max {:.1f}  mean {:.1f} us\n",
      us(latency.quantile(0.5)), us(latency.quantile(0.9)), us(latency.quantile(0.99)), us(latency.quantile(0.999)),
      us(latency.quantile(0.9999)), us(latency.max()), us(latency.mean()));
}

/// A line for each number that is not 0.
std::string trouble_text(const PartResult& part) {
  std::string text;
  const auto line = [&text](std::string_view name, std::uint64_t n) {
    if (n != 0) text += fmt::format("  {:<12} {}\n", name, n);
  };
  line("sent again", part.count.retransmissions);
  line("timeouts", part.count.timeouts);
  line("resets", part.count.resets);
  line("failed", part.count.failed);
  line("bad answers", part.count.bad_answers);
  line("mismatches", part.count.mismatches);
  line("late", part.late);
  return text;
}

std::string part_text(const PartResult& part, double seconds) {
  const Counts& count = part.count;
  std::string text = part.mode + "\n";
  const auto rate = [&](std::string_view name, std::uint64_t n) {
    if (n != 0) text += fmt::format("  {:<12} {} ({:.0f}/s)\n", name, n, per_second(n, seconds));
  };
  rate("requests", count.requests);
  rate("connections", count.connections);
  rate("SYNs", count.syns);
  if (part.held != 0) text += fmt::format("  {:<12} {}\n", "open at end", part.held);
  text += fmt::format("  text         {} B in ({:.3f} Gbit/s), {} B out ({:.3f} Gbit/s)\n", count.bytes_in,
                      per_second(count.bytes_in, seconds) * 8e-9, count.bytes_out,
                      per_second(count.bytes_out, seconds) * 8e-9);
  return text + latency_text(part.latency) + trouble_text(part);
}

std::string mismatch_text(const Mismatch& mismatch, const Options& options) {
  const std::string where = fmt::format("{}, byte {}", local_text(mismatch.local, *options.sources), mismatch.offset);
  if (mismatch.expected == mismatch.got)
    return fmt::format("  first        {}: the answer has another length\n", where);
  return fmt::format("  first        {}: expected {:#04x}, got {:#04x}\n", where, static_cast<int>(mismatch.expected),
                     static_cast<int>(mismatch.got));
}

}  // namespace

void PartResult::add(const PartResult& other) noexcept {
  count += other.count;
  latency.merge(other.latency);
  held += other.held;
  late += other.late;
}

double Measurement::busy_share() const noexcept {
  const std::uint64_t all = busy_cycles + idle_cycles;
  return all == 0 ? 0 : static_cast<double>(busy_cycles) / static_cast<double>(all);
}

std::string report_text(const Measurement& measurement, const Options& options, const Setting& setting) {
  std::string text = fmt::format("{} against {} for {:.2f} s, over {}\n", options.mode,
                                 endpoint_text(options.parts.front().target), measurement.seconds, setting.driver);
  for (const PartResult& part : measurement.parts) text += part_text(part, measurement.seconds);
  if (measurement.first_mismatch) text += mismatch_text(*measurement.first_mismatch, options);
  text += fmt::format("generator\n  busy         {:.1f} %", measurement.busy_share() * 100);
  const Counts all = sum_of(measurement, options.mode).count;
  if (units(all) != 0) text += fmt::format(", {:.0f} cycles each", cycles_per_request(measurement, all));
  text += '\n';
  if (const FrameCounts& frames = measurement.frames; frames.damaged + frames.bad_checksums + frames.no_packet != 0)
    text += fmt::format("  frames       {} damaged, {} with a bad checksum; {} times no packet\n", frames.damaged,
                        frames.bad_checksums, frames.no_packet);
  if (measurement.bottleneck())
    text +=
        "The generator was the bottleneck: it was busy for more than 95 % of the time. Give it a faster core, or load\n"
        "the server from several.\n";
  return text;
}

std::string report_json(const Measurement& measurement, const Options& options, const Setting& setting) {
  const PartResult sum = sum_of(measurement, options.mode);
  Json out;
  out["mode"] = options.mode;
  out["seconds"] = rounded(measurement.seconds, 6);
  put_part(out, sum, measurement.seconds);
  out["busy_share"] = rounded(measurement.busy_share(), 4);
  out["bottleneck"] = measurement.bottleneck();
  out["cycles_per_request"] = rounded(cycles_per_request(measurement, sum.count), 1);
  out["tsc_hz"] = setting.tsc_hz;
  out["first_mismatch"] =
      measurement.first_mismatch ? mismatch_json(*measurement.first_mismatch, *options.sources) : Json{};
  out["parts"] = Json::array();
  if (measurement.parts.size() > 1)
    for (const PartResult& part : measurement.parts) {
      Json one;
      one["mode"] = part.mode;
      one["seconds"] = rounded(measurement.seconds, 6);
      put_part(one, part, measurement.seconds);
      out["parts"].push_back(std::move(one));
    }
  out["setup"] = setup_json(options, setting);
  return out.dump(2) + "\n";
}

}  // namespace millrace::load
