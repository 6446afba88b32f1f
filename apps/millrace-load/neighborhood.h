// What a link asks of us besides TCP: to answer for all our addresses (ARP, RFC 826; neighbor discovery, RFC 4861), and
// to find the next hop's MAC. Frames in, frames out, no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sources.h"
#include "wire/address.h"

namespace millrace::load {

/// A short frame that is made here.
class ControlFrame {
 public:
  static constexpr std::size_t kMost = 128;
  explicit ControlFrame(std::size_t length) noexcept : length_(length) {}
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return std::span{bytes_}.first(length_); }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return std::span{bytes_}.first(length_); }

 private:
  std::array<std::byte, kMost> bytes_{};
  std::size_t length_;
};

class Neighborhood {
 public:
  Neighborhood(const wire::MacAddress& own, const Sources& sources, const wire::IpAddress& next_hop) noexcept
      : own_(own), sources_(sources), next_hop_(next_hop) {}

  /// We answer for these addresses too.
  void add(const Sources& more) noexcept { more_ = more; }

  /// The question for the next hop's MAC, from our first address.
  [[nodiscard]] ControlFrame question() const noexcept;
  /// The answer to a received frame, if it deserves one. What it says of the next hop is remembered.
  [[nodiscard]] std::optional<ControlFrame> receive(std::span<const std::byte> frame) noexcept;
  /// nullopt until somebody said it.
  [[nodiscard]] const std::optional<wire::MacAddress>& next_hop_mac() const noexcept { return next_hop_mac_; }

 private:
  [[nodiscard]] bool is_ours(const wire::IpAddress& address) const noexcept {
    return sources_.contains(address) || (more_ && more_->contains(address));
  }
  [[nodiscard]] std::optional<ControlFrame> receive_arp(std::span<const std::byte> payload) noexcept;
  [[nodiscard]] std::optional<ControlFrame> receive_icmpv6(std::span<const std::byte> packet,
                                                           const wire::MacAddress& from) noexcept;

  wire::MacAddress own_;
  Sources sources_;
  std::optional<Sources> more_;
  wire::IpAddress next_hop_;
  std::optional<wire::MacAddress> next_hop_mac_;
};

}  // namespace millrace::load
