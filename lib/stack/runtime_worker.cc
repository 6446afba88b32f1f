// The thread around poll_once(): a core of its own where there are enough, a DPDK lcore id so that packet pools use
// their per-core caches, and the steps of being idle carried out.
#include "stack/runtime_worker.h"

#include <pthread.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <sched.h>

#include "base/log.h"

namespace millrace::stack {
namespace {

void run_on(std::span<const unsigned> cpus) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned cpu : cpus) CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);  // refused: the thread stays where it may run
}

/// The calling thread as one of DPDK's, for as long as this lives.
class DpdkThread {
 public:
  DpdkThread() noexcept : registered_(rte_thread_register() == 0) {
    if (!registered_) base::log_warn("DPDK has no lcore id left for a worker: packet pools work without their cache");
  }
  DpdkThread(const DpdkThread&) = delete;
  DpdkThread& operator=(const DpdkThread&) = delete;
  ~DpdkThread() {
    if (registered_) rte_thread_unregister();
  }

 private:
  bool registered_;
};

}  // namespace

RuntimeWorker::RuntimeWorker(Parts parts)
    : parts_(std::move(parts)),
      inbox_(kInbox, parts_.bell),
      worker_(*parts_.shard, *parts_.ports, parts_.clock, parts_.app, inbox_),
      idle_(parts_.idle) {
  parts_.shard->set_relay(parts_.neighbors.get());
}

void RuntimeWorker::start(std::vector<unsigned> cpus, const std::atomic<bool>& stop) {
  thread_ = std::thread([this, cpus = std::move(cpus), &stop] {
    run_on(cpus);
    const DpdkThread registration;
    parts_.shard->own_by_this_thread();
    begin();
    run(stop);
  });
}

void RuntimeWorker::join() {
  if (thread_.joinable()) thread_.join();
}

bool RuntimeWorker::turn() noexcept {
  const bool busy = worker_.poll_once();
  return parts_.neighbors->deliver(*parts_.shard) || busy;
}

void RuntimeWorker::run(const std::atomic<bool>& stop) noexcept {
  while (!stop.load(std::memory_order_relaxed)) {
    const bool busy = turn();
    const Time now = worker_.now();
    if (idle_.looks_again(now, busy)) continue;
    rest(idle_.step({.now = now, .has_work = has_work(), .alarmed = alarmed_, .deadline = worker_.next_deadline()}));
  }
  send_last();
}

/// What other workers gave us to send before all were told to stop: the resets of a drain, for instance.
void RuntimeWorker::send_last() noexcept {
  constexpr int kMostTurns = 1000;
  for (int i = 0; i < kMostTurns && sends_for_others(); ++i) (void)turn();
}

void RuntimeWorker::rest(const IdleStep& step) noexcept {
  switch (step.kind) {
    case IdleStep::Kind::Pause:
      return rte_pause();
    case IdleStep::Kind::Yield:
      return std::this_thread::yield();
    case IdleStep::Kind::Sleep:
      return sleep(step.at_most);
  }
}

void RuntimeWorker::sleep(Duration at_most) noexcept {
  parts_.bell->fall_asleep();
  alarmed_ = alarmed_ && arm_interrupts();
  // What came just before the bell and the interrupts were ready wakes nobody, so look once more.
  if (parts_.ports->waiting() || turn()) {
    parts_.bell->stay_awake();
    idle_.woken();
  } else if (parts_.bell->wait(interrupt_fds_, at_most)) {
    idle_.woken();
  }
  disarm_interrupts();
}

bool RuntimeWorker::arm_interrupts() noexcept {
  bool all = true;
  parts_.ports->for_each_queue([&](CapturedQueue& captured) {
    io::DpdkQueue& queue = captured.queue();
    if (queue.enable_rx_interrupt())
      interrupt_fds_.push_back(queue.epoll_fd());
    else
      all = false;
  });
  return all;
}

void RuntimeWorker::disarm_interrupts() noexcept {
  if (interrupt_fds_.empty()) return;
  parts_.ports->for_each_queue([](CapturedQueue& captured) { (void)captured.queue().wait(Duration{0}); });
  interrupt_fds_.clear();
}

}  // namespace millrace::stack
