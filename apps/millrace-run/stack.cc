#include "stack.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>
#include <thread>

#include "api/shard.h"
#include "blocked_signals.h"
#include "descriptor_table.h"
#include "message.h"
#include "own_descriptors.h"
#include "runtime_config.h"

namespace millrace::run {
namespace {

constexpr Duration kPatience = seconds{2};  ///< with a worker that does not answer
constexpr Duration kStep = milliseconds{2};

}  // namespace

const RunConfig* Stack::read_config() {
  if (starting()) return nullptr;  // DPDK's own sockets
  const std::lock_guard lock(mutex_);
  return read_config_once();
}

const RunConfig* Stack::read_config_once() {
  if (read_) return config_ ? &*config_ : nullptr;
  read_ = true;
  const char* path = std::getenv(kConfigVariable);
  if (path == nullptr) {
    say(fmt::format("{} names no configuration: all sockets are the kernel's", kConfigVariable));
    return nullptr;
  }
  config::Diagnostics errors{path};
  RunConfig config = load_config(path, errors);
  if (errors.empty()) return &config_.emplace(std::move(config));
  say(fmt::format("all sockets are the kernel's, because of\n{}", errors.to_string()));
  return nullptr;
}

bool Stack::owns(const wire::IpAddress& address) {
  const RunConfig* config = read_config();
  return config != nullptr && config::is_own(config->runtime, address);
}

bool Stack::routes(const wire::IpAddress& address) {
  const RunConfig* config = read_config();
  return config != nullptr && !address.is_loopback() && !address.is_unspecified() &&
         config::has_route(config->runtime, address);
}

bool Stack::start() {
  const std::lock_guard lock(mutex_);
  if (runtime_ && !lost_) return true;
  if (lost_)
    say(fmt::format("process {} is a fork of one that runs the stack, and has none of its own", ::getpid()));
  else if (!failed_ && read_config_once() != nullptr)
    launch();
  if (runtime_ && !lost_) return true;
  errno = ENETDOWN;
  return false;
}

void Stack::launch() {
  const BlockedSignals blocked;
  starting_ = true;
  try {
    reserve_own_descriptors();
    const std::vector<int> before = open_descriptors();
    auto made = std::make_unique<sockets::Sockets>(config_->runtime.workers);
    runtime_ = std::make_unique<stack::Runtime>(config_->runtime, made->apps());
    made->drive(*runtime_);
    sockets_ = std::move(made);
    telemetry_.emplace(*runtime_);
    close_new_on_exec(before);
  } catch (const std::exception& failure) {
    failed_ = true;
    say(failure.what());
  }
  starting_ = false;
}

Stack::Use Stack::use() {
  Use held{used_, std::defer_lock};
  if (!ended_.load(std::memory_order_relaxed)) held.lock();
  if (ended_.load(std::memory_order_relaxed) && held.owns_lock()) held.unlock();
  return held;
}

void Stack::after_fork(bool child) noexcept {
  if (child) lost_ = runtime_ != nullptr;
  mutex_.unlock();
}

std::uint32_t Stack::connections() {
  std::uint32_t sum = 0;
  for (std::uint16_t worker = 0; worker < runtime_->workers(); ++worker) {
    const auto reply = runtime_->ask<std::uint32_t>(worker, kPatience, [](auto& shard, std::uint32_t& answer) {
      const api::Shard ours{shard};
      answer = ours.connections() + (ours.has_work() ? 1 : 0);
      return stack::TaskState::Done;
    });
    if (reply) sum += *reply.answer;
  }
  return sum;
}

void Stack::await_quiet() noexcept {
  for (Duration waited{0}; waited < config_->linger && connections() > 0; waited += kStep)
    std::this_thread::sleep_for(kStep);
}

/// The peers of those that are left shall not wait for ever.
void Stack::reset_rest() {
  for (std::uint16_t worker = 0; worker < runtime_->workers(); ++worker)
    (void)runtime_->ask<bool>(worker, kPatience, [](auto& shard, bool&) {
      std::uint32_t cursor = 0;
      api::Shard{shard}.reset_given_up(cursor, std::numeric_limits<std::uint32_t>::max(), api::CloseRule::AppDrain);
      return stack::TaskState::Done;
    });
}

void Stack::finish() noexcept {
  if (!runtime_ || lost_ || ended_.exchange(true)) return;
  await_quiet();
  reset_rest();
  const std::unique_lock users{used_, std::chrono::seconds{1}};
  if (!users) return;  // the process ends all the same
  telemetry_.reset();
  runtime_.reset();
  sockets_.reset();
}

Stack& the_stack() noexcept {
  static auto* const only = new Stack;
  return *only;
}

}  // namespace millrace::run
