// A C program's calls reach the library.
#include <gtest/gtest.h>

extern "C" int check_from_c(void);

namespace millrace::sockets {
namespace {

TEST(FromC, EveryCallLinksAndAnswers) { EXPECT_EQ(check_from_c(), 0); }

}  // namespace
}  // namespace millrace::sockets
