// A crowd of TCP peers that remembers next to nothing, so that the memory of a process with millions of connections is
// the stack's: each answer follows from the segment that it answers.
//
// Clients live at 100.64.0.0/10, 50,000 ports to an address; servers, which answer every SYN, anywhere else. All lie
// behind one router, 10.0.0.2. The only thing kept is where a client's peer began to number, 4 bytes, for who asks
// after the handshake.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "wire/address.h"
#include "wire/tcp_header.h"

namespace millrace::bench {

class Crowd {
 public:
  /// Of at most `clients`, towards `server`.
  Crowd(std::uint32_t clients, const wire::IpAddress& server, std::uint16_t server_port);

  /// The client's SYN.
  void open(std::uint32_t client);
  /// A byte from a client whose connection is established.
  void ask(std::uint32_t client);
  /// Takes what the stack has sent, and answers.
  void hear(std::span<const std::byte> frame);

  /// The next frame for the stack; empty when there is none. Valid until pop().
  [[nodiscard]] std::span<const std::byte> front() const;
  void pop() { waiting_.pop_front(); }

  [[nodiscard]] std::uint32_t opened() const noexcept { return opened_; }  ///< SYN,ACKs that clients got
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }    ///< text that anybody got
  [[nodiscard]] std::uint32_t resets() const noexcept { return resets_; }

  static constexpr wire::MacAddress kRouterMac{{0x02, 0, 10, 0, 0, 2}};
  static constexpr wire::MacAddress kStackMac{{0x02, 0, 10, 0, 0, 1}};

 private:
  struct Frame {
    std::array<std::byte, 96> bytes;
    std::size_t size;
  };
  struct Place {
    wire::IpAddress address;
    std::uint16_t port;
  };

  [[nodiscard]] static Place place_of(std::uint32_t client);
  [[nodiscard]] std::optional<std::uint32_t> client_at(const Place& place) const;
  void hear_arp(std::span<const std::byte> packet);
  void hear_tcp(const Place& from, const Place& to, std::span<const std::byte> segment);
  void send(const Place& from, const Place& to, wire::TcpHeader header, std::size_t text);

  Place server_;
  std::vector<std::uint32_t> peer_iss_;  ///< by client
  std::deque<Frame> waiting_;
  std::uint32_t opened_ = 0, bytes_ = 0, resets_ = 0;
};

}  // namespace millrace::bench
