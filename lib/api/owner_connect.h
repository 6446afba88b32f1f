// Opening a connection whose local port is fixed, from any thread: the flow of such a port has one owner, and only that
// worker can open it. Here the owner is named, and the call is carried to it through its inbox.
#pragma once

#include <cstdint>
#include <functional>

#include "api/shard.h"
#include "api/types.h"
#include "base/export.h"

namespace millrace::stack {
class Runtime;
}

namespace millrace::api {

/// The worker that owns the flow to `remote` from options.local_address (default: the route's source) and
/// options.local_port. NoRoute when no route leads there or the address is not ours.
[[nodiscard]] MILLRACE_API Result<std::uint16_t> owner_of(const stack::Runtime& runtime, const Endpoint& remote,
                                                          const ConnectOptions& options);

/// Runs on the owner's thread with its shard and what connect() answered there. Events of the connection go to that
/// worker's application; options.user tells it which one it is.
using Opened = std::function<void(Shard, Result<Connection>)>;

/// Has the owner call connect(). Answers the worker that was asked, or why none was: no route, or InboxFull (try
/// again). options.local_addresses is not looked at.
[[nodiscard]] MILLRACE_API Result<std::uint16_t> connect_on_owner(stack::Runtime& runtime, const Endpoint& remote,
                                                                  ConnectOptions options, Opened opened);

}  // namespace millrace::api
