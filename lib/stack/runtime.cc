// Assembly, in the order of need: EAL, pools, ports, addresses, rings, workers, threads. Members are destroyed in the
// opposite order, which is the clean shutdown: threads have ended, packets return to pools that still exist.
#include "stack/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/log_thread.h"
#include "io/dumpcap.h"
#include "io/eal.h"
#include "stack/capture_files.h"
#include "stack/eal_plan.h"
#include "stack/flow_owner.h"
#include "stack/link_wait.h"
#include "stack/memory_plan.h"
#include "stack/runtime_ports.h"
#include "stack/runtime_worker.h"
#include "stack/settings_check.h"
#include "stack/stats.h"
#include "stack/tcp_config.h"

namespace millrace::stack {
namespace {

constexpr std::size_t kRing = 1024;         ///< frames between two workers
constexpr std::size_t kNeighborRing = 256;  ///< messages about neighbors, each way

template <class T>
T secret() noexcept {
  T value;
  base::os_entropy(std::as_writable_bytes(std::span{&value, 1}));
  return value;
}

const RuntimeSettings& checked(const RuntimeSettings& settings) {
  if (auto fault = find_fault(settings)) throw std::runtime_error(*fault);
  return settings;
}

std::unique_ptr<io::Eal> start_eal(const RuntimeSettings& settings, const MemoryPlan& plan) {
  if (!settings.eal_arguments.empty()) {
    std::vector<std::string> arguments{"millrace"};
    arguments.insert(arguments.end(), settings.eal_arguments.begin(), settings.eal_arguments.end());
    return std::make_unique<io::Eal>(std::move(arguments));
  }
  return std::make_unique<io::Eal>(eal_config(settings, plan));
}

/// dpdk-dumpcap may attach where nothing stands against it; if DPDK refuses, everything else still works.
void open_for_dumpcap(const io::Eal& eal) {
  if (!io::dumpcap_obstacle(eal.arguments()) && !eal.allow_dumpcap())
    base::log_warn("DPDK refuses rte_pdump_init: dpdk-dumpcap cannot attach");
}

pkt::PoolConfig data_pool(const MemoryPlan& plan) {
  return {.name = "millrace_data", .packets = plan.data_packets, .data_size = 2048};
}

pkt::PoolConfig control_pool(const MemoryPlan& plan) {
  return {.name = "millrace_control", .packets = plan.control_packets, .data_size = 256};
}

Duration since_1970() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
}

std::unique_ptr<io::PcapWriter> open_capture(const PortSettings& port, std::uint16_t queue, Duration epoch) {
  if (port.capture.empty()) return nullptr;
  io::PcapConfig config;
  config.path = capture_file(port, queue);
  config.epoch = epoch;
  return std::make_unique<io::PcapWriter>(config);
}

std::vector<io::PortInfo> infos_of(const std::vector<io::Port>& ports) {
  std::vector<io::PortInfo> infos;
  for (const io::Port& port : ports) infos.push_back(port.info());
  return infos;
}

/// A worker's part of a limit of the process, rounded up.
std::uint32_t share_of(std::uint32_t limit, std::uint16_t workers) noexcept {
  return limit / workers + (limit % workers != 0 ? 1 : 0);
}

/// A core for each worker if there are enough, else all cores for all.
std::vector<unsigned> cpus_of(std::uint16_t worker, std::uint16_t workers, const std::vector<unsigned>& all) {
  if (all.size() < workers) return all;
  return {all[all.size() - workers + worker]};
}

}  // namespace

struct Runtime::Parts {
  Parts(const RuntimeSettings& given, WallClock wall)
      : settings(checked(given)),
        wall_clock(wall ? std::move(wall) : since_1970),
        cpus(io::this_machine().cpus),  // before EAL, which may pin this thread
        plan(plan_memory(settings)),
        eal(start_eal(settings, plan)),
        clock(base::TscClock::calibrate()),
        data(data_pool(plan)),
        control(control_pool(plan)),
        ports(open_ports(settings, data)),
        ip(make_ip_config(settings, infos_of(ports))),
        owners(settings.workers),
        handover(settings.workers, kRing),
        neighbors(settings.workers, kNeighborRing),
        bells(settings.workers) {}

  /// Stops what runs, however far the start came.
  ~Parts() {
    stop();
    workers.clear();  // their queues let go of the ports
    for (io::Port& port : ports) port.stop();
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void make_worker(std::uint16_t number, AppHook app);
  [[nodiscard]] std::unique_ptr<Shard> make_shard(std::uint16_t number);
  [[nodiscard]] std::unique_ptr<RuntimeWorker::Ports> make_port_set(std::uint16_t number, io::CaptureTap& tap);
  void start();
  void await_links() const;
  void await_addresses();
  void stop() noexcept;
  void send_last() noexcept;
  [[nodiscard]] Duration epoch() const { return wall_clock() - clock.now().time_since_epoch(); }

  RuntimeSettings settings;
  WallClock wall_clock;
  std::vector<unsigned> cpus;
  MemoryPlan plan;
  std::unique_ptr<io::Eal> eal;
  base::TscClock clock;
  pkt::PacketPool data;
  pkt::PacketPool control;
  std::vector<io::Port> ports;
  ip::IpConfig ip;
  flow::OwnerMap owners;
  Handover handover;
  NeighborExchange neighbors;
  std::vector<Doorbell> bells;
  base::SipKey table_secret = secret<base::SipKey>();
  base::SipKey isn_secret = secret<base::SipKey>();
  base::SipKey cookie_secret = secret<base::SipKey>();
  std::vector<std::unique_ptr<RuntimeWorker>> workers;
  std::atomic<bool> stopping{false};
  std::optional<base::LogThread> log;  ///< while workers run
};

std::unique_ptr<RuntimeWorker::Ports> Runtime::Parts::make_port_set(std::uint16_t number, io::CaptureTap& tap) {
  auto set = std::make_unique<RuntimeWorker::Ports>(number, HandoverSite{handover, bells}, FrameOwner{&owners, number});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::uint16_t queues = ports[i].info().queue_pairs;
    std::optional<CapturedQueue> own;
    if (number < queues) own.emplace(ports[i].queue(number), open_capture(settings.ports[i], number, epoch()), tap);
    set->add_port(std::move(own), queues);
  }
  return set;
}

std::unique_ptr<Shard> Runtime::Parts::make_shard(std::uint16_t number) {
  ShardConfig config;
  config.worker = number;
  config.tcp = tcp_config(settings.tcp, isn_secret, cookie_secret);
  config.tcp.max_orphans = share_of(settings.orphans, settings.workers);
  config.limits = {.connections = share_of(settings.connections, settings.workers),
                   .time_waits = share_of(settings.time_waits, settings.workers),
                   .half_open = share_of(settings.half_open, settings.workers),
                   .sent_segments = sent_segments_for(data.size()),
                   .closed_ring = settings.closed_ring};
  config.table_secret = table_secret;
  config.random_seed = secret<std::uint64_t>();
  config.ephemeral_ports = settings.tcp.port_range;
  return std::make_unique<Shard>(config, ShardResources{ip, owners, data, control}, clock.now());
}

void Runtime::Parts::make_worker(std::uint16_t number, AppHook app) {
  auto tap = std::make_unique<io::CaptureTap>();
  auto port_set = make_port_set(number, *tap);
  workers.push_back(std::make_unique<RuntimeWorker>(
      RuntimeWorker::Parts{.neighbors = std::make_unique<NeighborLink>(number, neighbors, bells),
                           .shard = make_shard(number),
                           .tap = std::move(tap),
                           .ports = std::move(port_set),
                           .app = app,
                           .bell = &bells[number],
                           .clock = clock,
                           .idle = settings.idle}));
}

void Runtime::Parts::start() {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    ports[i].start();
    ports[i].join(multicast_groups(ip, static_cast<std::uint16_t>(i)));
  }
  await_links();
  if (settings.drive == Drive::Caller) {
    for (auto& worker : workers) worker->begin();
    return;
  }
  log.emplace();
  for (std::uint16_t i = 0; i < settings.workers; ++i) workers[i]->start(cpus_of(i, settings.workers, cpus), stopping);
}

/// What worker 0 says first, asking who else has our addresses, must not be said to a link that is down.
void Runtime::Parts::await_links() const {
  for (const std::size_t i : down_after_waiting(ports, [](Duration step) { std::this_thread::sleep_for(step); }))
    base::log_warn(
        "port {}: its link is still down after {} s; what is sent before it comes up is lost, the question who has our "
        "addresses too",
        settings.ports[i].name, std::chrono::duration_cast<seconds>(kLinkPatience).count());
}

/// Duplicate address detection is worker 0's and ends by itself, within a known time.
void Runtime::Parts::await_addresses() {
  const auto tentative = [this] {
    for (std::size_t i = 0; i < ip.addresses.all().size(); ++i)
      if ((*ip.states)[static_cast<std::uint16_t>(i)] == ip::AddressState::Tentative) return true;
    return false;
  };
  while (tentative() && !stopping.load(std::memory_order_relaxed)) std::this_thread::sleep_for(milliseconds{5});
}

void Runtime::Parts::stop() noexcept {
  stopping.store(true, std::memory_order_relaxed);
  for (Doorbell& bell : bells) bell.ring();
  for (auto& worker : workers) worker->join();
  if (settings.drive == Drive::Caller) send_last();
}

/// What the workers have for each other is sent as their threads would send it.
void Runtime::Parts::send_last() noexcept {
  constexpr int kMostRounds = 1000;
  const auto waits = [](const auto& worker) { return worker->sends_for_others(); };
  for (int i = 0; i < kMostRounds && std::ranges::any_of(workers, waits); ++i)
    for (auto& worker : workers) (void)worker->turn();
}

Runtime::Runtime(const RuntimeSettings& settings, const AppOf& app_of, WallClock wall_clock)
    : parts_(std::make_unique<Parts>(settings, std::move(wall_clock))) {
  open_for_dumpcap(*parts_->eal);
  for (std::uint16_t i = 0; i < parts_->settings.workers; ++i) parts_->make_worker(i, app_of(i));
  parts_->start();
  if (settings.drive == Drive::Threads) parts_->await_addresses();
}

Runtime::~Runtime() = default;

bool Runtime::poll_once(std::uint16_t worker) noexcept {
  MILLRACE_ASSERT(parts_->settings.drive == Drive::Caller);
  return parts_->settings.drive == Drive::Caller && parts_->workers[worker]->turn();
}

std::optional<Time> Runtime::next_deadline(std::uint16_t worker) const noexcept {
  const RuntimeWorker& w = *parts_->workers[worker];
  return w.has_work() ? parts_->clock.now() : w.next_deadline();
}

std::uint16_t Runtime::workers() const noexcept { return parts_->settings.workers; }

bool Runtime::post(std::uint16_t worker, std::function<void(Shard&)> task) {
  return post_task(worker, [&shard = shard(worker), task = std::move(task)] {
    task(shard);
    return TaskState::Done;
  });
}

std::optional<std::uint16_t> Runtime::owner_of(const wire::IpAddress& local, std::uint16_t local_port,
                                               const wire::IpAddress& remote,
                                               std::uint16_t remote_port) const noexcept {
  return owner_of_flow(parts_->ip, parts_->owners, local, local_port, remote, remote_port);
}

bool Runtime::post_task(std::uint16_t worker, Task task) {
  return parts_->workers[worker]->inbox().post(std::move(task));
}
Shard& Runtime::shard(std::uint16_t worker) noexcept { return parts_->workers[worker]->shard(); }

const std::vector<io::Port>& Runtime::ports() const noexcept { return parts_->ports; }

void Runtime::visit_counters(std::uint16_t worker, const Visit& visit) const {
  const RuntimeWorker& w = *parts_->workers[worker];
  stack::visit_counters(w.count(), visit);
  stack::visit_counters(w.port_count(), visit);
  stack::visit_counters(w.shard().ip_counters(), visit);
  stack::visit_counters(w.shard().tcp_counters(), visit);
  stack::visit_counters(w.shard().port_counters(), visit);
}

void Runtime::visit_profile(std::uint16_t worker, const Visit& visit) const {
  if (!base::kProfile) return;
  const RuntimeWorker& w = *parts_->workers[worker];
  visit("rx_packets", w.count().rx_packets.get());
  visit("tx_packets", w.count().tx_packets.get());
  visit("turns", w.count().turns.get());
  visit("busy_turns", w.count().busy_turns.get());
  stack::visit_counters(w.shard().stages().count(), visit);
}

const pkt::PacketPool& Runtime::data_packets() const noexcept { return parts_->data; }

const RuntimeSettings& Runtime::settings() const noexcept { return parts_->settings; }

std::optional<std::string> Runtime::set_capture(std::uint16_t worker, std::shared_ptr<io::CaptureRing> ring) {
  constexpr Duration kPatience = seconds{2};
  const auto reply = stack::ask<bool>(parts_->workers[worker]->inbox(), worker, kPatience,
                                      [&w = *parts_->workers[worker], ring](bool& attached) {
                                        w.tap().attach(ring);
                                        attached = true;
                                        return TaskState::Done;
                                      });
  if (reply) return std::nullopt;
  return reply.error;
}

Time Runtime::now() const noexcept { return parts_->clock.now(); }

Duration Runtime::epoch() const { return parts_->epoch(); }

std::string Runtime::describe() const {
  std::string text;
  for (std::size_t i = 0; i < parts_->ports.size(); ++i)
    text += fmt::format("port {}:\n{}", parts_->settings.ports[i].name, parts_->ports[i].info().to_text());
  for (std::size_t i = 0; i < parts_->ip.addresses.all().size(); ++i)
    if ((*parts_->ip.states)[static_cast<std::uint16_t>(i)] == ip::AddressState::Duplicate)
      text += fmt::format("address {}: in use by another host, not used here\n",
                          parts_->ip.addresses.all()[i].ip.to_string());
  text += parts_->settings.workers == 1
              ? std::string{"flows: one worker owns them all\n"}
              : fmt::format("flows: owner hash in software over {} workers; frames of others are handed over\n",
                            parts_->settings.workers);
  return text;
}

}  // namespace millrace::stack
