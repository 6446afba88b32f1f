// The sockets that listen on one address and port: one, or with SO_REUSEPORT several. Upon a listener of the stack on
// every worker.
//
// Members come and go by any thread, workers hand connections over: hence the lock, taken once per connection.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "api/types.h"
#include "sockets/options.h"

namespace millrace::sockets {

class Socket;

/// In ListenGroup::numbers: the worker does not listen.
inline constexpr std::uint16_t kNotListening = 0xffff;

class ListenGroup {
 public:
  ListenGroup(const api::Endpoint& local, bool v6only, bool reuse_address) noexcept
      : local(local), v6only(v6only), reuse_address(reuse_address) {}

  const api::Endpoint local;
  const bool v6only;
  const bool reuse_address;  ///< of the one that listened first
  /// The listener's number, by worker; set before the first connection comes.
  std::vector<std::uint16_t> numbers;

  /// `backlog`: connections that may wait for this member. `options`: what its connections inherit.
  void join(const std::shared_ptr<Socket>& socket, std::uint32_t backlog, const Options& options);
  void set_backlog(const Socket& socket, std::uint32_t backlog);
  /// The stack's listeners do not know of these: what is accepted is told anew.
  void set_options(const Socket& socket, const Options& options);
  /// True when it was the last one.
  [[nodiscard]] bool leave(const Socket& socket);
  [[nodiscard]] bool has_members() const;
  /// Connections that may wait on each worker: the members' backlogs, divided.
  [[nodiscard]] std::uint32_t backlog_per_worker() const;

  struct Heir {
    std::shared_ptr<Socket> socket;  ///< nullptr: no member is left
    Options options;
    bool tell_options = false;  ///< they are not those that the stack's listener has
  };
  /// The member that gets the connection numbered `n`.
  [[nodiscard]] Heir choose(std::uint32_t n) const;
  /// Puts it into the member's queue and tells who watches; false when the member has left.
  [[nodiscard]] bool hand_over(const std::shared_ptr<Socket>& member, const std::shared_ptr<Socket>& connection);

 private:
  struct Member {
    std::weak_ptr<Socket> socket;
    const Socket* name;
    std::uint32_t backlog;
    Options options;
    bool tell_options;
  };
  [[nodiscard]] std::vector<Member>::iterator find(const Socket& socket);

  mutable std::mutex mutex_;
  std::vector<Member> members_;
};

}  // namespace millrace::sockets
