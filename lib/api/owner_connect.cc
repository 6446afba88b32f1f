// The route and the owner hash are the same on every worker and do not change, so any thread may ask them.
#include "api/owner_connect.h"

#include <utility>

#include "stack/runtime.h"

namespace millrace::api {

Result<std::uint16_t> owner_of(const stack::Runtime& runtime, const Endpoint& remote, const ConnectOptions& options) {
  const auto owner =
      runtime.owner_of(options.local_address.value_or(IpAddress{}), options.local_port, remote.address, remote.port);
  if (!owner) return Error::NoRoute;
  return *owner;
}

Result<std::uint16_t> connect_on_owner(stack::Runtime& runtime, const Endpoint& remote, ConnectOptions options,
                                       Opened opened) {
  const Result<std::uint16_t> owner = owner_of(runtime, remote, options);
  if (!owner) return owner;
  options.local_addresses = {};
  const bool posted = runtime.post(owner.value(), [remote, options, opened = std::move(opened)](stack::Shard& shard) {
    Shard there{shard};
    opened(there, there.connect(remote, options));
  });
  if (!posted) return Error::InboxFull;
  return owner;
}

}  // namespace millrace::api
