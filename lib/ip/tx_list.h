// Frames that are ready to leave, in order, until the worker's transmit burst takes them. meta().port names the port.
//
// A fixed number of places; what the NIC refuses stays for the next turn. One thread; owns one reference per packet.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"
#include "pkt/packet.h"

namespace millrace::ip {

class TxList {
 public:
  explicit TxList(std::size_t capacity) : capacity_(capacity) { packets_.reserve(2 * capacity); }
  TxList(const TxList&) = delete;
  TxList& operator=(const TxList&) = delete;
  ~TxList() {
    for (pkt::Packet* packet : pending()) packet->free();
  }

  /// False when full: the packet stays the caller's.
  [[nodiscard]] bool push(pkt::Packet& packet) noexcept {
    if (room() == 0) return false;
    // Twice the room lets the front run ahead, so that closing the gap costs O(1) per packet.
    if (packets_.size() == 2 * capacity_) close_gap();
    packets_.push_back(&packet);
    return true;
  }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - (packets_.size() - front_); }

  /// Oldest first. Invalid after push() or consume().
  [[nodiscard]] std::span<pkt::Packet*> pending() noexcept { return std::span{packets_}.subspan(front_); }
  /// The first `n` pending packets have found another owner.
  void consume(std::size_t n) noexcept {
    MILLRACE_ASSERT(n <= packets_.size() - front_);
    front_ += n;
    if (front_ == packets_.size()) close_gap();
  }

 private:
  void close_gap() noexcept {
    packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
  }

  std::size_t capacity_;
  std::size_t front_ = 0;
  std::vector<pkt::Packet*> packets_;  ///< reserved at construction, never grows
};

}  // namespace millrace::ip
