#include "service.h"

#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "api/shard.h"
#include "values.h"

namespace millrace::config {
namespace {

/// How long a worker may take to open its listeners.
constexpr Duration kStartPatience = seconds{10};

using StartAnswer = std::optional<proxy::StartError>;

}  // namespace

Service::Service(const ProxyConfig& config) : settings_(config.proxy) {
  const std::uint16_t workers = config.runtime.settings.workers;
  for (std::uint16_t worker = 0; worker < workers; ++worker)
    proxies_.push_back(std::make_unique<proxy::Proxy>(settings_, worker_pairs(settings_.connections, workers)));
  runtime_ = std::make_unique<stack::Runtime>(
      config.runtime.settings, [this](std::uint16_t worker) { return api::AppRef(*proxies_[worker]).hook(); });
  for (std::uint16_t worker = 0; worker < workers; ++worker) open_listeners(worker);
  telemetry_.emplace(
      *runtime_, [this](const stack::Runtime::Visit& visit) { visit_counters(proxies_, visit); },
      std::vector<stack::ProgramList>{{.command = "/millrace/upstreams",
                                       .help = "A page of the upstreams' servers. Parameters: 0,CURSOR",
                                       .columns = kUpstreamColumns,
                                       .rows = [this] { return upstream_rows(proxies_); }}});
}

void Service::open_listeners(std::uint16_t worker) {
  const auto reply = runtime_->ask<StartAnswer>(worker, kStartPatience,
                                                [&proxy = *proxies_[worker]](stack::Shard& shard, StartAnswer& answer) {
                                                  answer = proxy.start(api::Shard(shard));
                                                  return stack::TaskState::Done;
                                                });
  if (!reply) throw std::runtime_error(reply.error);
  if (const StartAnswer& error = *reply.answer)
    throw std::runtime_error(fmt::format("worker {} cannot listen on {}: {}. Check the [[listener]] entries.", worker,
                                         format_endpoint(error->listener), api::to_string(error->error)));
}

bool Service::drain() {
  bool ordered = true;
  for (std::uint16_t worker = 0; worker < proxies_.size(); ++worker) {
    ordered &= runtime_->post(worker, [&proxy = *proxies_[worker], time = settings_.drain](stack::Shard& shard) {
      const api::Shard ours(shard);
      proxy.drain(ours, ours.now() + time);
    });
  }
  return ordered;
}

bool Service::drained() const {
  for (const auto& one : proxies_)
    if (!one->drained()) return false;
  return true;
}

}  // namespace millrace::config
