// The applications of the measurements: one sends a known stream without an end, or of so many bytes, as fast as it is
// let; the other reads all that comes, compares it, and notes when how much was there. For many bytes: nothing is
// computed per byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/host.h"

namespace millrace::sim {

/// Up to 64 kB of the stream that every sender sends, from `position` on.
[[nodiscard]] std::span<const std::byte> bulk_bytes(std::uint64_t position) noexcept;

class BulkSender : public HostApp {
 public:
  static constexpr std::uint64_t kEndless = ~std::uint64_t{0};

  /// Sends on `connection` once it is Connected. Named by its local port.
  void add(api::Connection connection, std::uint64_t bytes);
  /// The application has `bytes` more to send.
  void send_more(std::uint16_t port, std::uint64_t bytes);
  void on_event(api::Shard shard, const api::Event& event) override;

  /// When it was Connected; nothing before.
  [[nodiscard]] std::optional<Time> connected_at(std::uint16_t port) const;
  [[nodiscard]] api::Connection& connection(std::uint16_t port) { return flows_.at(port).connection; }
  /// Aborts it; nothing more is known of it.
  void drop(std::uint16_t port);
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  struct Flow {
    api::Connection connection;
    std::uint64_t left = 0, sent = 0;
    std::optional<Time> connected_at;
  };
  static void pump(Flow& flow);

  std::map<std::uint16_t, Flow> flows_;             ///< by local port
  std::map<std::uint32_t, std::uint16_t> port_of_;  ///< by the connection's index
  std::string error_;
};

class BulkReceiver : public HostApp {
 public:
  void on_event(api::Shard shard, const api::Event& event) override;

  /// It was accepted.
  [[nodiscard]] bool knows(std::uint16_t port) const { return flows_.contains(port); }
  /// Bytes received and compared, by the sender's port.
  [[nodiscard]] std::uint64_t received(std::uint16_t port) const;
  /// When the last of them came.
  [[nodiscard]] Time last_at(std::uint16_t port) const;
  /// Aborts it; nothing more is known of it.
  void drop(std::uint16_t port);
  /// The first thing that went wrong; empty if nothing did.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  struct Flow {
    api::Connection connection;
    std::uint64_t received = 0;
    Time last_at{};
  };
  void read(Flow& flow, Time now);

  std::map<std::uint16_t, Flow> flows_;             ///< by the peer's port
  std::map<std::uint32_t, std::uint16_t> port_of_;  ///< by the connection's index
  std::string error_;
};

}  // namespace millrace::sim
