// One socket: what Linux keeps in struct socket and struct sock, upon a connection or a listener of the stack.
//
// Its state is touched on the thread of its worker only ("home"); what other threads may read or change is marked. Free
// functions in files named after the calls do the work: connect.cc, accept.cc, send.cc, receive.cc and so on. Those
// that answer an int or ssize_t answer -errno for an error, never wait, and leave the mask fresh.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "api/connection.h"
#include "sockets/accept_queue.h"
#include "sockets/descriptor.h"
#include "sockets/options.h"
#include "sockets/watcher.h"

namespace millrace::sockets {

class ListenGroup;
class SocketShard;

/// The association, as connect() sees it (Linux: SS_*).
enum class Association : std::uint8_t { None, Connecting, Connected };

/// Which directions are shut (Linux: RCV_SHUTDOWN, SEND_SHUTDOWN).
enum Shut : std::uint8_t { kShutReceive = 1, kShutSend = 2, kShutBoth = 3 };

/// The one urgent byte that BSD's sockets know of.
struct Urgent {
  enum class Byte : std::uint8_t { None, Announced, Read } byte = Byte::None;
  std::uint64_t position = 0;  ///< in the stream, counted like Socket::consumed
};

class Socket final : public Descriptor, public std::enable_shared_from_this<Socket> {
 public:
  Socket(mr_stack& stack, int domain, std::uint16_t home) noexcept : Descriptor(stack), domain_(domain), home(home) {}

  [[nodiscard]] Socket* as_socket() noexcept override { return this; }
  [[nodiscard]] int domain() const noexcept { return domain_; }
  [[nodiscard]] std::shared_ptr<Socket> self() { return shared_from_this(); }

  // Any thread.
  std::mutex administration;             ///< held by listen() and close(), which touch more than one worker
  std::shared_ptr<void> external_watch;  ///< of watch.h; under `administration`
  std::atomic<bool> nonblocking{false};
  std::atomic<std::int64_t> receive_timeout_ns{0};  ///< 0: none
  std::atomic<std::int64_t> send_timeout_ns{0};
  std::atomic<bool> closed{false};  ///< by mr_close(): calls under way answer EBADF
  WatchList watchers;
  AcceptQueue accept_queue;
  /// The poll mask as of the last change.
  [[nodiscard]] std::uint32_t mask() const noexcept { return mask_.load(std::memory_order_acquire); }

 private:
  int domain_;
  std::atomic<std::uint32_t> mask_{0};

 public:
  std::atomic<std::uint16_t> home;  ///< the worker; changes only in connect(), and on the old home's thread

  // The worker's own.
  Options options;
  Association association = Association::None;
  api::Connection connection;
  bool attached = false;         ///< there is a connection, or was until it was gone
  bool connecting = false;       ///< and its handshake goes on
  bool opens_with_data = false;  ///< connect() was answered, and the SYN waits for what is sent first (Linux:
                                 ///< DEFER_CONNECT)
  bool gone = false;             ///< it is over; bytes may be left to read
  bool peer_finished = false;    ///< its FIN was reached
  std::uint8_t shut = 0;
  int error = 0;       ///< SO_ERROR
  int soft_error = 0;  ///< trouble that ended nothing yet
  bool bound = false;
  bool port_is_chosen = false;  ///< by bind(): a failed connect() keeps it
  api::Endpoint local;
  api::Endpoint remote;
  std::uint64_t consumed = 0;  ///< bytes of the stream that were read
  Urgent urgent;
  bool corked = false;                     ///< what the stack was told
  std::optional<Time> cork_ends;           ///< it holds something back until then
  bool deferred = false;                   ///< TCP_DEFER_ACCEPT: in no accept queue until data comes
  std::shared_ptr<ListenGroup> listening;  ///< whom it listens with
  std::shared_ptr<ListenGroup> origin;     ///< that it was accepted from

  [[nodiscard]] bool is_closed() const noexcept { return !attached || gone; }
  [[nodiscard]] bool in_handshake() const noexcept { return attached && connecting && !gone; }
  [[nodiscard]] bool is_open() const noexcept { return attached && !connecting && !gone; }
  /// The pending error, which is told once; 0: none.
  [[nodiscard]] int take_error() noexcept;

  /// Computes the mask anew; tells nobody.
  void refresh() noexcept;
  /// The same, and tells the watchers that something new has come for `key`.
  void changed(std::uint32_t key) noexcept;
  // Of a listening socket, on any thread.
  /// A connection came: tells the watchers.
  void accept_queue_changed() noexcept;
  /// One was taken.
  void look_at_accept_queue() noexcept;
};

}  // namespace millrace::sockets
