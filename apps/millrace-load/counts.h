// What a part of a run counts, and the latencies beside it.
#pragma once

#include <cstdint>

namespace millrace::load {

struct Counts {
  std::uint64_t requests = 0;         ///< whose answer came in whole
  std::uint64_t connections = 0;      ///< that went their whole way: opened, answered, closed by both sides
  std::uint64_t bytes_in = 0;         ///< text received in order
  std::uint64_t bytes_out = 0;        ///< text acknowledged
  std::uint64_t retransmissions = 0;  ///< segments sent again
  std::uint64_t timeouts = 0;         ///< waits for an acknowledgment that were in vain
  std::uint64_t resets = 0;           ///< connections that the peer reset or refused
  std::uint64_t failed = 0;           ///< connections given up after too many timeouts, or closed before the answer
  std::uint64_t mismatches = 0;       ///< pieces of text that were not the expected ones
  std::uint64_t bad_answers = 0;      ///< HTTP answers that were not 2xx, or not to be read
  std::uint64_t syns = 0;             ///< of floods

  Counts& operator+=(const Counts& o) noexcept {
    requests += o.requests;
    connections += o.connections;
    bytes_in += o.bytes_in;
    bytes_out += o.bytes_out;
    retransmissions += o.retransmissions;
    timeouts += o.timeouts;
    resets += o.resets;
    failed += o.failed;
    mismatches += o.mismatches;
    bad_answers += o.bad_answers;
    syns += o.syns;
    return *this;
  }
};

}  // namespace millrace::load
