// A stack with threads of its own, as a program starts it: settings, Runtime, and the way into a worker from any
// thread.
//
//   api::PortSettings port;
//   port.name = "lan";
//   port.device = "net_tap0,iface=mr0";
//   port.addresses = {api::IpPrefix::parse("10.1.0.1/24").value()};
//   api::RuntimeSettings settings;
//   settings.ports = {port};
//   api::Runtime runtime{settings, [&](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); }};
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "api/shard.h"
#include "api/types.h"
#include "stack/runtime.h"

namespace millrace::api {

using stack::Drive;
using stack::Hugepages;
using stack::IdlePolicy;
using stack::PortSettings;
using stack::Reply;
using stack::RouteSettings;
using stack::Runtime;
using stack::RuntimeSettings;
using stack::TaskState;
using stack::TcpSettings;

/// Runs `task` once on a worker's thread, between two turns; it must not block or throw. Any thread. False, and nothing
/// is run, when the worker has too many tasks waiting.
[[nodiscard]] inline bool post(Runtime& runtime, std::uint16_t worker, std::function<void(Shard)> task) {
  return runtime.post(worker, [task = std::move(task)](stack::Shard& shard) { task(Shard{shard}); });
}

/// Asks a worker and waits for the answer, at most for `timeout`. `fill` is TaskState(Shard, Answer&); it runs on the
/// worker's thread, once per turn until it returns Done, and must not block. No answer: Reply::error says why, an
/// exception of `fill` too. Any thread but a worker's.
template <class Answer, class Fill>
[[nodiscard]] Reply<Answer> ask(Runtime& runtime, std::uint16_t worker, Duration timeout, Fill fill) {
  return runtime.ask<Answer>(worker, timeout, [fill = std::move(fill)](stack::Shard& shard, Answer& answer) mutable {
    return fill(Shard{shard}, answer);
  });
}

}  // namespace millrace::api
