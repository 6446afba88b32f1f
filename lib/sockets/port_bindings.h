// Which sockets of a stack have which local ports, and who may share one (SO_REUSEADDR and SO_REUSEPORT as Linux has
// them).
//
// Only what was bound on purpose is here: source ports that connect() chooses are the stack's business.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "api/types.h"
#include "sockets/listen_group.h"
#include "sockets/options.h"

namespace millrace::sockets {

class PortBindings {
 public:
  /// Reserves local.port, which is not 0. False when it is taken.
  [[nodiscard]] bool bind(const Socket& socket, const api::Endpoint& local, const Options& options);
  /// Gives up what bind() and listen() have reserved.
  void release(const Socket& socket, std::uint16_t port);
  /// SO_REUSEADDR or SO_REUSEPORT of a bound socket has changed.
  void update(const Socket& socket, std::uint16_t port, const Options& options);

  struct Listening {
    std::shared_ptr<ListenGroup> group;  ///< nullptr: the address is in use
    bool made = false;                   ///< it is new: the caller starts it on the workers
  };
  /// A bound socket begins to listen.
  [[nodiscard]] Listening listen(const std::shared_ptr<Socket>& socket, std::uint16_t port, std::uint32_t backlog,
                                 const Options& options);
  /// It does so no more, but keeps its port. True when its group has no member left.
  [[nodiscard]] bool stop_listening(const Socket& socket, std::uint16_t port, ListenGroup& group);

 private:
  struct Binding {
    const Socket* socket;
    api::Endpoint local;
    bool v6only, reuse_address, reuse_port;
    std::shared_ptr<ListenGroup> group;  ///< set: it listens
  };
  struct Port {
    std::vector<Binding> bindings;
    std::vector<std::weak_ptr<ListenGroup>> groups;  ///< accepted connections keep theirs alive
  };
  [[nodiscard]] static bool conflict(const Binding& a, const Binding& b) noexcept;
  [[nodiscard]] static bool conflict(const Port& port, const Binding& binding) noexcept;
  [[nodiscard]] static Binding* find(Port& port, const Socket& socket) noexcept;

  std::mutex mutex_;
  std::unordered_map<std::uint16_t, Port> ports_;
};

}  // namespace millrace::sockets
