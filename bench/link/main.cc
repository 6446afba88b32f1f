// millrace-link: an impairing link between two sides of DPDK ports, for benches in real time.
//
// One thread looks at all ports in a circle. With nothing to do it sleeps until the next departure, but never longer
// than kNap, so that arrivals are seen in time; a sleeper is woken sooner on a busy machine than a spinner gets its
// next turn. How punctual it was is counted. Orders come by standard input (control.h); at the end the counters are
// printed.
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <deque>
#include <exception>

#include "base/tsc_clock.h"
#include "control.h"
#include "direction.h"
#include "io/eal.h"
#include "io/port.h"
#include "options.h"
#include "pkt/packet_pool.h"
#include "side.h"

namespace {

using namespace millrace;
using namespace millrace::link;

constexpr Duration kNap = microseconds{50};
constexpr Duration kSpin = microseconds{8};  // a sleep takes about as long to end
constexpr Duration kOrders = milliseconds{1};

volatile std::sig_atomic_t g_told_to_end = 0;

std::deque<io::Port> open_ports(const std::vector<std::string>& devices, pkt::PacketPool& pool) {
  std::deque<io::Port> ports;
  for (const std::string& device : devices) {
    ports.push_back(io::Port::open(
        {.device = device, .offloads = {}, .rx_interrupt = false, .promiscuous = true, .rx_pool = &pool}));
    ports.back().start();
  }
  return ports;
}

/// Sleeps and timers of this thread as exact as the kernel has them.
void ask_for_punctuality(bool realtime) {
  prctl(PR_SET_TIMERSLACK, 1);
  const sched_param first{.sched_priority = 2};  // a bench may have the ends of the link at 1
  if (realtime && sched_setscheduler(0, SCHED_FIFO, &first) != 0)
    fmt::print(stderr, "millrace-link: the kernel refuses real-time scheduling; it goes on without\n");
}

void rest(Time now, std::optional<Time> next) {
  const Duration room = next ? std::min(*next - now, kNap) : kNap;
  if (room <= kSpin) return;
  const timespec nap{.tv_sec = 0, .tv_nsec = to_ns(room - kSpin)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
}

void run(const Options& options, Link& link, const base::TscClock& clock) {
  OrderReader orders;
  const Time start = clock.now();
  Time last = start, look_for_orders = start;
  while (!link.ended && g_told_to_end == 0) {
    const Time now = clock.now();
    link.gaps.note(now - last);
    last = now;
    bool busy = link.forward.receive(now);
    busy |= link.back.receive(now);
    busy |= link.forward.release(now);
    busy |= link.back.release(now);
    if (now >= look_for_orders) {
      orders.poll(link);
      look_for_orders = now + kOrders;
    }
    if (options.seconds != 0 && now - start >= seconds{options.seconds}) return;
    if (!busy) rest(now, earlier(link.forward.next(), link.back.next()));
  }
}

int serve(const Options& options) {
  const io::Eal eal{io::EalConfig{.memory_mb = 64 + options.frames / 256,
                                  .hugepages = io::Hugepages::No,
                                  .file_prefix = options.file_prefix,
                                  .telemetry = false}};
  pkt::PacketPool pool{{.name = "link", .packets = options.frames}};
  std::deque<io::Port> a_ports = open_ports(options.a, pool), b_ports = open_ports(options.b, pool);
  Side a{a_ports}, b{b_ports};
  Direction forward{a, b, options.forward}, back{b, a, options.back};
  Lateness gaps;
  Link link{forward, back, gaps};

  std::signal(SIGTERM, [](int) { g_told_to_end = 1; });
  std::signal(SIGINT, [](int) { g_told_to_end = 1; });
  ask_for_punctuality(options.realtime);
  const base::TscClock clock = base::TscClock::calibrate();
  fmt::print("ready: {} ports on side a, {} on side b\n", a_ports.size(), b_ports.size());
  std::fflush(stdout);
  run(options, link, clock);
  fmt::print("{}\n", counters_text(link));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Parsed parsed = parse_options(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return serve(parsed.options);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "millrace-link: {}\n", failure.what());
    return 1;
  }
}
