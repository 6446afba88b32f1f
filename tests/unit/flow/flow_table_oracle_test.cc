// The flow table against std::unordered_map: over a million random operations, with the real hash and with hashes that
// collide, in tables that are often full.
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <unordered_map>

#include "base/random.h"
#include "unit/flow/objects.h"

namespace millrace::flow {
namespace {

/// Few buckets, fewer tags: nearly everything collides.
struct PoorHash : Hashing<PoorHash> {
  explicit PoorHash(const base::SipKey&) noexcept {}
  std::uint64_t operator()(const FlowKey& key) const noexcept {
    return std::uint64_t(key.remote_port % 3) << 56 | (key.remote_port / 3 % 4);
  }
};

/// A stuck place: one hash for all.
struct OneHash : Hashing<OneHash> {
  explicit OneHash(const base::SipKey&) noexcept {}
  std::uint64_t operator()(const FlowKey&) const noexcept { return ~std::uint64_t{0}; }
};

template <class Hash>
class Run {
 public:
  Run(std::uint64_t seed, std::size_t capacity, std::uint16_t keys)
      : random_(seed), keys_(keys), f_(capacity, 2 * std::size_t{keys}) {
    for (std::size_t ref = 0; ref < f_.objects.size(); ++ref)
      f_.objects[ref] = key(static_cast<std::uint16_t>(ref % keys));
  }

  void step() {
    const auto number = static_cast<std::uint16_t>(random_.below(keys_));
    const auto known = refs_.find(number);
    const auto dice = random_.below(100);
    if (dice < 40) {
      known == refs_.end() ? insert(number) : erase(number, known->second);
    } else if (dice < 50 && known != refs_.end()) {
      replace(number, known->second);
    } else if (dice < 55) {
      find_some();
    } else {
      ASSERT_EQ(f_.table.find(key(number)), known == refs_.end() ? kNoFlow : known->second);
    }
    ASSERT_EQ(f_.table.size(), refs_.size());
  }

  std::uint64_t refusals() const { return refusals_; }

 private:
  static FlowKey key(std::uint16_t number) {
    FlowKey key;
    key.remote_port = number;
    key.local_port = 80;
    return key;
  }
  FlowRef other(std::uint16_t number, FlowRef ref) const { return ref == number ? FlowRef{number} + keys_ : number; }

  void insert(std::uint16_t number) {
    const FlowRef ref = random_.chance(0.5) ? FlowRef{number} : FlowRef{number} + keys_;
    const bool room = refs_.size() < f_.table.capacity();
    ASSERT_EQ(f_.table.insert(key(number), ref), room);
    if (room) {
      refs_[number] = ref;
    } else {
      ++refusals_;
    }
  }
  void erase(std::uint16_t number, FlowRef ref) {
    ASSERT_FALSE(f_.table.erase(key(number), other(number, ref)));
    ASSERT_TRUE(f_.table.erase(key(number), ref));
    refs_.erase(number);
    ASSERT_EQ(f_.table.find(key(number)), kNoFlow);
  }
  void replace(std::uint16_t number, FlowRef ref) {
    const FlowRef next = other(number, ref);
    ASSERT_FALSE(f_.table.replace(key(number), next, ref));
    ASSERT_TRUE(f_.table.replace(key(number), ref, next));
    refs_[number] = next;
  }
  void find_some() {
    std::array<FlowKey, kMaxFindBurst> keys;
    std::array<std::uint64_t, kMaxFindBurst> hashes;
    std::array<FlowRef, kMaxFindBurst> refs;
    const auto n = random_.below(kMaxFindBurst + 1);
    for (std::size_t i = 0; i < n; ++i) keys[i] = key(static_cast<std::uint16_t>(random_.below(keys_)));
    f_.prefetched.clear();
    f_.table.find_burst(std::span{keys}.first(n), std::span{hashes}.first(n), std::span{refs}.first(n));
    for (std::size_t i = 0; i < n; ++i) {
      const auto known = refs_.find(keys[i].remote_port);
      ASSERT_EQ(refs[i], known == refs_.end() ? kNoFlow : known->second);
      ASSERT_EQ(hashes[i], f_.table.hash(keys[i]));
    }
  }

  base::Random random_;
  std::uint16_t keys_;
  Fixture<Hash> f_;
  std::unordered_map<std::uint16_t, FlowRef> refs_;
  std::uint64_t refusals_ = 0;
};

template <class Hash>
void compare(std::size_t capacity, std::uint16_t keys, int steps, bool gets_full) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Run<Hash> run{seed, capacity, keys};
    for (int i = 0; i < steps; ++i) {
      run.step();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << " step " << i;
    }
    EXPECT_EQ(run.refusals() > 100, gets_full);
  }
}

TEST(FlowTableOracle, RealHashWithRoom) { compare<BucketHash>(30'000, 50'000, 200'000, false); }
TEST(FlowTableOracle, RealHashOftenFull) { compare<BucketHash>(300, 700, 200'000, true); }
TEST(FlowTableOracle, RealHashInOneBucket) { compare<BucketHash>(10, 24, 50'000, true); }
TEST(FlowTableOracle, CollidingHashes) { compare<PoorHash>(150, 330, 50'000, true); }
TEST(FlowTableOracle, OneHashForAll) { compare<OneHash>(330, 750, 10'000, true); }

}  // namespace
}  // namespace millrace::flow
