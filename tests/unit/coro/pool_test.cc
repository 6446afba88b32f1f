#include "coro/pool.h"

#include <gtest/gtest.h>

#include <memory>

namespace millrace::coro {
namespace {

struct Thing {
  explicit Thing(std::shared_ptr<int> held) : held(std::move(held)) {}
  std::shared_ptr<int> held;
};

TEST(Pool, AReferenceToWhatWasGivenBackFindsNothing) {
  Pool<Thing> pool;
  EXPECT_EQ(Ref<Thing>{}.get(), nullptr);
  const auto held = std::make_shared<int>(7);
  const Ref<Thing> first = pool.take(held);
  const Ref<Thing> copy = first;
  ASSERT_NE(first.get(), nullptr);
  EXPECT_EQ(copy.get(), first.get());
  EXPECT_EQ(pool.in_use(), 1u);
  Thing* const place = first.get();
  pool.give_back(copy);
  EXPECT_EQ(first.get(), nullptr);
  EXPECT_EQ(held.use_count(), 1) << "it was destroyed";
  pool.give_back(first);
  EXPECT_EQ(pool.in_use(), 0u);

  const Ref<Thing> second = pool.take(held);
  EXPECT_EQ(second.get(), place) << "the memory is used again";
  EXPECT_EQ(first.get(), nullptr);
}

TEST(Pool, ObjectsStayWhereTheyAre) {
  Pool<Thing> pool;
  const Ref<Thing> first = pool.take(std::make_shared<int>(1));
  const Thing* const place = first.get();
  for (int i = 0; i < 1000; ++i) (void)pool.take(std::make_shared<int>(i));
  EXPECT_EQ(first.get(), place);
  EXPECT_EQ(*first.get()->held, 1);
  int seen = 0;
  pool.give_back(first);
  pool.for_each([&](Thing&) { ++seen; });
  EXPECT_EQ(seen, 1000);
}

}  // namespace
}  // namespace millrace::coro
