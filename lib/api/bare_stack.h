// A stack without a port: the caller gives it frames and the time, takes frames out, and asks when to come again.
//
// Nothing in it reads a clock, draws randomness, starts a thread, opens a file or needs DPDK's environment (EAL) or
// privileges: the same settings and calls give the same bytes. For tests, simulations and odd transports. A stack
// belongs to one thread at a time; any number of them live side by side.
//
//   while (running) {
//     while (auto frame = link.receive()) stack.input(*frame);
//     while (stack.advance(now())) {
//     }
//     stack.output([&](std::span<const std::byte> frame) { link.send(frame); });
//     link.wait_until(stack.next_deadline());
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "api/app.h"
#include "api/shard.h"
#include "api/types.h"
#include "base/export.h"
#include "base/time.h"
#include "stack/config.h"

namespace millrace::api {

/// What a bare stack is told before it starts.
struct BareStackSettings {
  std::vector<wire::IpPrefix> addresses;     ///< ours, each with the length of its connected network; at least one
  std::vector<stack::RouteSettings> routes;  ///< to other networks; RouteSettings::port stays empty
  std::optional<wire::MacAddress> mac;       ///< default: 02:00 and the last four bytes of the first address
  std::uint16_t mtu = 1500;                  ///< of an IP packet; a frame has 14 bytes more
  std::uint8_t dad_transmits = 0;    ///< of duplicate address detection (RFC 4862 5.1); 0: addresses work at once
  std::uint32_t connections = 1024;  ///< held at once
  std::uint32_t time_waits = 4096;   ///< TIME-WAIT entries; the oldest make room
  std::uint32_t half_open = 1024;    ///< connections whose handshake is not complete (SYN cache)
  std::uint32_t orphans = 1024;      ///< closed by the application, not yet by the network; more are reset
  std::uint32_t closed_ring = 256;   ///< ends of connections remembered; 0: none
  std::uint32_t packets = 4096;      ///< buffers of 2 KiB for what is received and what is sent; at least 256
  stack::TcpSettings tcp{};          ///< timers and the like
  /// Of ports, initial sequence numbers and table secrets: not secret, so not for the Internet.
  std::uint64_t seed = 1;
  Time start{};  ///< the time before the first turn
};

/// Owns a whole stack for one thread; see the head of this file.
class MILLRACE_API BareStack {
 public:
  /// Throws std::runtime_error with cause and next step when the settings can't work. The application outlives the
  /// stack.
  BareStack(const BareStackSettings& settings, AppRef app);
  /// The one moved from may only be destroyed or assigned to.
  BareStack(BareStack&&) noexcept;
  /// What this stack was ends first.
  BareStack& operator=(BareStack&&) noexcept;
  ~BareStack();

  /// Takes one Ethernet frame, a copy of it. False when it is lost, as a NIC loses one: no buffer is free, 1024 frames
  /// wait, or it is empty or too long.
  bool input(std::span<const std::byte> frame);

  /// One turn at `now`: what came in, timers, the application, what is to go out. True while another turn at the same
  /// time would do something; false also when 1024 frames wait for output(). A time before the last one counts as the
  /// last one.
  bool advance(Time now);

  /// Calls take(std::span<const std::byte> frame) for each frame that waits, oldest first; returns how many there were.
  /// The bytes are valid during the call. `take` may give them to another stack, not to this one.
  template <class Take>
  std::size_t output(Take&& take) {
    std::size_t frames = 0;
    for (std::span<const std::byte> frame = front(); !frame.empty(); frame = front(), ++frames) {
      take(frame);
      pop();
    }
    return frames;
  }

  /// When advance() has something to do, if no frame comes before: at once (the last time) or later; nullopt: never.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// The time of the last turn.
  [[nodiscard]] Time now() const noexcept;
  /// The stack as the application sees it; calls may be made between turns too.
  [[nodiscard]] Shard shard() noexcept;
  /// Frames that input() lost.
  [[nodiscard]] std::uint64_t lost() const noexcept;
  /// Buffers that are free now, of `packets`.
  [[nodiscard]] std::uint32_t free_packets() const noexcept;

 private:
  [[nodiscard]] std::span<const std::byte> front();
  void pop() noexcept;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::api
