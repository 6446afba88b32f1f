// DPDK's telemetry calls back on threads of its own, without a pointer to pass: hence the one global here, behind a
// mutex. Nothing of it touches a worker but its counters (readable by anybody) and its inbox.
#include "stack/telemetry.h"

#include <fmt/format.h>
#include <rte_telemetry.h>

#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/port.h"
#include "pkt/packet_pool.h"
#include "stack/capture.h"
#include "stack/source_port_list.h"
#include "stack/telemetry_capture.h"
#include "stack/telemetry_data.h"
#include "stack/telemetry_list.h"

namespace millrace::stack {
namespace {

struct Source {
  Runtime* runtime;
  Telemetry::Program program;
  std::vector<ProgramList> lists;
  std::unique_ptr<Capture> capture;
};
std::mutex source_lock;
std::optional<Source> source;

/// With a worker's number that worker's counters alone: all of them at once do not fit into an answer of 16 KiB.
int answer_worker_stats(std::string_view number, rte_tel_data* answer) {
  std::uint16_t worker = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, worker);
  if (error != std::errc{} || stop != end || worker >= source->runtime->workers()) return -1;
  rte_tel_data_start_dict(answer);
  CounterDictionary counters{answer};
  source->runtime->visit_counters(worker,
                                  [&](std::string_view name, std::uint64_t value) { counters.add(name, value); });
  counters.end();
  return 0;
}

template <class Visit>
void put_counters(rte_tel_data* answer, const std::string& name, Visit visit_counters) {
  TelemetryData data = telemetry_dictionary();
  if (!data) return;
  CounterDictionary counters{data.get()};
  visit_counters([&](std::string_view counter, std::uint64_t value) { counters.add(counter, value); });
  counters.end();
  put(answer, name, std::move(data));
}

using Totals = std::map<std::string, std::uint64_t>;

/// Over the workers.
Totals sum_up(void (Runtime::*visit_of_worker)(std::uint16_t, const Runtime::Visit&) const) {
  Totals totals;
  for (std::uint16_t i = 0; i < source->runtime->workers(); ++i)
    (source->runtime->*visit_of_worker)(
        i, [&](std::string_view name, std::uint64_t value) { totals[std::string{name}] += value; });
  return totals;
}

int answer_profile(const char*, rte_tel_data* answer) {
  rte_tel_data_start_dict(answer);
  for (const auto& [name, value] : sum_up(&Runtime::visit_profile)) put(answer, name, value);
  return 0;
}

int answer_stats(const char* parameters, rte_tel_data* answer) {
  if (parameters != nullptr) return answer_worker_stats(parameters, answer);
  const Totals totals = sum_up(&Runtime::visit_counters);

  rte_tel_data_start_dict(answer);
  put(answer, "workers", source->runtime->workers());
  const pkt::PacketPool& packets = source->runtime->data_packets();
  put(answer, "packets", packets.size());
  put(answer, "packets_free", packets.available());
  put_counters(answer, "total", [&](const auto& visit) {
    for (const auto& [name, value] : totals) visit(name, value);
  });
  if (source->program) put_counters(answer, "program", source->program);
  return 0;
}

int answer_ports(const char*, rte_tel_data* answer) {
  rte_tel_data_start_dict(answer);
  std::size_t number = 0;
  for (const io::Port& port : source->runtime->ports()) {
    TelemetryData data = telemetry_dictionary();
    if (!data) return -1;
    const io::PortStats stats = port.stats();
    const io::LinkStatus link = port.link();
    put(data.get(), "name", port.info().name);
    put(data.get(), "driver", port.info().driver);
    put(data.get(), "link", std::string_view{link.up ? "up" : "down"});
    put(data.get(), "speed_mbps", link.speed_mbps);
    put(data.get(), "queue_pairs", port.info().queue_pairs);
    put(data.get(), "rx_packets", stats.rx_packets);
    put(data.get(), "rx_bytes", stats.rx_bytes);
    put(data.get(), "tx_packets", stats.tx_packets);
    put(data.get(), "tx_bytes", stats.tx_bytes);
    put(data.get(), "rx_missed", stats.imissed);
    put(data.get(), "rx_errors", stats.ierrors);
    put(data.get(), "rx_no_buffer", stats.rx_nombuf);
    put(data.get(), "tx_errors", stats.oerrors);
    put(answer, fmt::format("port{}", number++), std::move(data));
  }
  return 0;
}

/// "WORKER,CURSOR", each a number that may be missing (0); nullopt when it is something else.
std::optional<std::pair<std::uint16_t, std::uint32_t>> parse_place(std::string_view text) {
  std::uint16_t worker = 0;
  std::uint32_t cursor = 0;
  const std::size_t comma = std::min(text.find(','), text.size());
  const auto number = [](std::string_view digits, auto& value) {
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return digits.empty() || (error == std::errc{} && stop == end);
  };
  if (!number(text.substr(0, comma), worker)) return std::nullopt;
  if (comma < text.size() && !number(text.substr(comma + 1), cursor)) return std::nullopt;
  return std::pair{worker, cursor};
}

/// Lines of one worker, from `cursor` on, until the page is full.
Reply<SourcePortPage> ask_page(std::uint16_t worker, std::uint32_t cursor, std::size_t most) {
  return source->runtime->ask<SourcePortPage>(
      worker, Telemetry::kPatience, [cursor, most, begun = false](Shard& shard, SourcePortPage& page) mutable {
        if (!std::exchange(begun, true)) page.cursor = cursor;
        return fill_page(shard, most, page);
      });
}

/// A page may hold lines of several workers; a worker that does not answer is named, the others' still show.
int answer_source_ports(const char* parameters, rte_tel_data* answer) {
  auto place = parse_place(parameters == nullptr ? "" : parameters);
  if (!place || place->first >= source->runtime->workers()) return -1;
  TelemetryData lines{rte_tel_data_alloc()};
  if (!lines) return -1;
  rte_tel_data_start_dict(answer);
  rte_tel_data_start_array(lines.get(), RTE_TEL_STRING_VAL);
  const std::uint16_t workers = source->runtime->workers();
  std::optional<std::string> next;
  std::size_t room = Telemetry::kPage;
  for (auto [worker, cursor] = *place; worker < workers && !next; cursor = 0, ++worker) {
    const auto reply = ask_page(worker, cursor, room);
    if (!reply) {
      put(answer, "error", reply.error);
      continue;
    }
    for (const std::string& line : reply.answer->lines) rte_tel_data_add_array_string(lines.get(), line.c_str());
    room -= std::min(room, reply.answer->lines.size());
    if (!reply.answer->end) {
      next = fmt::format("{},{}", worker, reply.answer->cursor);
    } else if (room == 0 && worker + 1 < workers) {
      next = fmt::format("{},0", worker + 1);
    }
  }
  if (next) put(answer, "next", *next);
  put(answer, "source_ports", std::move(lines));
  return 0;
}

template <int (*Answer)(Runtime&, const char* parameters, rte_tel_data*)>
int of_runtime(const char* parameters, rte_tel_data* answer) {
  return Answer(*source->runtime, parameters, answer);
}

template <int (*Answer)(Capture&, const char* parameters, rte_tel_data*)>
int of_capture(const char* parameters, rte_tel_data* answer) {
  return Answer(*source->capture, parameters, answer);
}

/// A list of the program's own is known by its command's name.
int answer_list(const char* command, const char* parameters, rte_tel_data* answer) {
  for (const ProgramList& list : source->lists)
    if (list.command == command) return answer_rows(list.columns, list.rows(), parameters, answer);
  return -1;
}

/// DPDK's commands are C functions: each takes the lock and answers nothing when there is no runtime.
template <class Give>
int guarded(Give give) noexcept {
  const std::scoped_lock lock{source_lock};
  try {
    return source ? give() : -1;
  } catch (const std::exception&) {
    return -1;  // out of memory
  }
}

template <int (*Answer)(const char* parameters, rte_tel_data*)>
int command(const char*, const char* parameters, rte_tel_data* answer) noexcept {
  return guarded([&] { return Answer(parameters, answer); });
}

int list_command(const char* command, const char* parameters, rte_tel_data* answer) noexcept {
  return guarded([&] { return answer_list(command, parameters, answer); });
}

void register_commands() {
  static const bool once = [] {
    rte_telemetry_register_cmd("/millrace/stats", command<answer_stats>,
                               "Counters, summed over the workers. Parameter: WORKER for one worker's");
    rte_telemetry_register_cmd("/millrace/profile", command<answer_profile>,
                               "Packets, turns, and TSC cycles by stage of a turn; empty unless compiled in");
    rte_telemetry_register_cmd("/millrace/connections", command<of_runtime<answer_connections>>,
                               "A page of connections. Parameters: WORKER,CURSOR,FILTER");
    rte_telemetry_register_cmd("/millrace/closed", command<of_runtime<answer_closed>>,
                               "Connections that ended last, and why. Parameters: WORKER,CURSOR,FILTER");
    rte_telemetry_register_cmd("/millrace/closed_half_open", command<of_runtime<answer_closed_half_open>>,
                               "Handshakes that came to nothing. Parameters: WORKER,CURSOR,FILTER");
    rte_telemetry_register_cmd("/millrace/source_ports", command<answer_source_ports>,
                               "A page of destinations with source ports taken and left. Parameters: WORKER,CURSOR");
    rte_telemetry_register_cmd("/millrace/capture_start", command<of_capture<answer_capture_start>>,
                               "Starts a capture. Parameters: host=,port=,count=,seconds=,bytes=,snap=,file=");
    rte_telemetry_register_cmd("/millrace/capture_stop", command<of_capture<answer_capture_stop>>, "Ends the capture");
    rte_telemetry_register_cmd("/millrace/capture", command<of_capture<answer_capture>>, "State of the capture");
    rte_telemetry_register_cmd("/millrace/ports", command<answer_ports>, "Ports, links and their statistics");
    return true;
  }();
  (void)once;
}

/// DPDK knows no way to take a command back, and would list one twice.
void register_lists(const std::vector<ProgramList>& lists) {
  static std::set<std::string> registered;
  for (const ProgramList& list : lists)
    if (registered.insert(list.command).second)
      rte_telemetry_register_cmd(list.command.c_str(), list_command, list.help.c_str());
}

}  // namespace

Telemetry::Telemetry(Runtime& runtime, Program program, std::vector<ProgramList> lists) {
  register_commands();
  register_lists(lists);
  const std::scoped_lock lock{source_lock};
  source.emplace(Source{&runtime, std::move(program), std::move(lists), std::make_unique<Capture>(runtime)});
}

Telemetry::~Telemetry() {
  const std::scoped_lock lock{source_lock};
  source.reset();
}

}  // namespace millrace::stack
