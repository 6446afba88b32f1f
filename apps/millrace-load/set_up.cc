#include "set_up.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

#include "bulk.h"
#include "http_exchange.h"
#include "kept_connections.h"
#include "short_connections.h"
#include "sized_exchange.h"
#include "syn_flood.h"
#include "values.h"

namespace millrace::load {
namespace {

std::vector<std::byte> read_body(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw std::runtime_error(fmt::format("cannot read '{}' of --body-file; check that it exists", path));
  const auto bytes = std::as_bytes(std::span{content});
  return {bytes.begin(), bytes.end()};
}

std::string host_of(const PartOptions& part) {
  if (!part.host.empty()) return part.host;
  return config::format_endpoint({part.target.address, part.target.port});
}

std::unique_ptr<Exchange> make_http(const PartOptions& part, bool verify) {
  HttpSettings settings{.path = part.path,
                        .host = host_of(part),
                        .close = !part.keep_alive && part.closer.value_or(Closer::Server) == Closer::Server,
                        .verify = verify};
  if (!part.body_file.empty()) settings.body = read_body(part.body_file);
  return std::make_unique<HttpExchange>(std::move(settings));
}

/// A tenth of the connections per second: each is asked every ten seconds.
double hold_rate(const PartOptions& part) { return part.rate > 0 ? part.rate : part.connections / 10.0; }

std::unique_ptr<Job> make_job(const PartOptions& part, const Options& options, Engine& engine, std::uint8_t number) {
  const auto sized = [&] { return std::make_unique<SizedExchange>(part.size, part.answer_size(), options.verify); };
  const auto kept = [&](std::unique_ptr<Exchange> exchange, double rate) {
    return std::make_unique<KeptConnections>(engine, number, std::move(exchange), KeptSettings{part.connections, rate});
  };
  const auto shorts = [&](std::unique_ptr<Exchange> exchange, Closer closer) {
    return std::make_unique<ShortConnections>(engine, number, std::move(exchange),
                                              ShortSettings{part.connections, part.rate, closer});
  };
  switch (part.mode) {
    case Mode::Hold:
      return kept(sized(), hold_rate(part));
    case Mode::Cps:
      return shorts(sized(), part.closer.value_or(Closer::Client));
    case Mode::Http:
      if (part.keep_alive) return kept(make_http(part, options.verify), part.rate);
      return shorts(make_http(part, options.verify), part.closer.value_or(Closer::Server));
    case Mode::Bulk:
      return std::make_unique<Bulk>(engine, number, BulkSettings{part.connections, part.direction, options.verify});
    case Mode::SynFlood:
      return std::make_unique<SynFlood>(engine, number, part.from.value_or(engine.sources()), part.rate, number);
    case Mode::Rr:
      break;
  }
  return kept(sized(), part.rate);
}

/// Part `number` of `parts` equal shares.
PortRange share_of(PortRange ports, std::size_t number, std::size_t parts) noexcept {
  const auto share = static_cast<std::uint32_t>(ports.size() / parts);
  const auto first = static_cast<std::uint32_t>(ports.first + number * share);
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first + share - 1)};
}

}  // namespace

EngineSettings engine_settings(const Options& options, bool offload, std::uint32_t iss) {
  return {.mtu = options.mtu,
          .window = options.window,
          .rto = options.rto,
          .check_sums = options.verify,
          .offload = offload,
          .first_iss = iss};
}

void add_parts(const Options& options, Engine& engine, Neighborhood& neighborhood) {
  for (std::size_t i = 0; i < options.parts.size(); ++i) {
    const PartOptions& wanted = options.parts[i];
    const bool elsewhere = wanted.mode == Mode::SynFlood && wanted.from;
    Part& part = engine.add_part(wanted.target, share_of(options.ports, i, options.parts.size()),
                                 elsewhere ? &*wanted.from : nullptr);
    part.mode = name_of(wanted.mode);
    if (elsewhere) neighborhood.add(*wanted.from);
    part.give(make_job(wanted, options, engine, static_cast<std::uint8_t>(i)));
  }
}

wire::IpAddress next_hop(const Options& options) {
  return options.gateway.value_or(options.parts.front().target.address);
}

}  // namespace millrace::load
