// The application of the bulk simulations: sends a known stream on every connection, checks the one that it receives
// byte by byte, then closes its side and waits for the peer's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/host.h"

namespace millrace::sim {

struct StreamPlan {
  std::uint32_t bytes_out = 0;  ///< sent by us
  std::uint32_t bytes_in = 0;   ///< expected from the peer
  std::uint64_t out_seed = 0;   ///< byte i of a stream is a function of seed and i
  std::uint64_t in_seed = 0;
  std::uint32_t largest_write = 8192;  ///< random sizes up to this
  std::uint32_t largest_read = 65536;
  bool full_close = true;  ///< close() when both streams are done; else shutdown() and wait
};

[[nodiscard]] std::byte stream_byte(std::uint64_t seed, std::uint64_t position) noexcept;

struct StreamResult {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;
  bool peer_closed = false;
  bool closed = false;
  api::CloseReason reason = api::CloseReason::None;
};

class StreamApp : public HostApp {
 public:
  explicit StreamApp(std::uint64_t seed) : random_(seed) {}

  /// The plans of accepted connections, by remote port; else by order of connect() through add().
  std::function<StreamPlan(const api::ConnectionInfo&)> plan_of_accepted;
  void add(api::Connection connection, const StreamPlan& plan);
  /// The same, and sends at once: what goes with the SYN of a fast open.
  void add_and_send(api::Connection connection, const StreamPlan& plan);

  void on_event(api::Shard shard, const api::Event& event) override;

  /// All connections known are closed, and there are `count` of them.
  [[nodiscard]] bool all_closed(std::size_t count) const;
  [[nodiscard]] const std::vector<StreamResult>& results() const noexcept { return results_; }
  /// The first thing that went wrong, with its place; empty if nothing did.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  struct Stream {
    StreamPlan plan;
    std::size_t result = 0;
    bool shut = false;
  };
  void pump(api::Connection connection, Stream& stream);
  void send_some(api::Connection connection, Stream& stream);
  void receive_some(api::Connection connection, Stream& stream);
  void fail(const std::string& what);

  base::Random random_;
  std::map<std::uint32_t, Stream> streams_;  ///< by connection index
  std::vector<StreamResult> results_;
  std::string error_;
};

}  // namespace millrace::sim
