// The hash that picks a flow's bucket: SipHash-1-3 of the key under a secret, written out for exactly 24 bytes.
//
// Equal to base::siphash13 over the key's bytes. The secret keeps peers from aiming at one bucket, which the NIC's hash
// (linear, with known keys) would let them do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/load.h"
#include "base/siphash_core.h"
#include "flow/flow_key.h"

namespace millrace::flow {

class BucketHash {
 public:
  explicit BucketHash(const base::SipKey& secret) noexcept : secret_(secret) {}

  [[nodiscard]] std::uint64_t operator()(const FlowKey& key) const noexcept {
    const auto* bytes = reinterpret_cast<const std::byte*>(&key);
    base::SipState<1, 3> state{secret_};
    state.absorb(base::load_u64(bytes));
    state.absorb(base::load_u64(bytes + 8));
    state.absorb(base::load_u64(bytes + 16));
    return state.finish(std::uint64_t{sizeof key} << 56);
  }

 private:
  base::SipKey secret_;
};

}  // namespace millrace::flow
