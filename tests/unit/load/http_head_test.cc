// Heads of answers: what they say, and every way not to be one.
#include "http_head.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::load {
namespace {

TEST(HttpAnswerHead, EndsAtTheEmptyLine) {
  EXPECT_EQ(head_length("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r"), std::nullopt);
  EXPECT_EQ(head_length("HTTP/1.1 200 OK\r\n\r\nbody"), 19u);
}

TEST(HttpAnswerHead, SaysStatusLengthAndClose) {
  EXPECT_EQ(parse_answer_head("HTTP/1.1 200 OK\r\nContent-Length: 612\r\n\r\n"), (HttpHead{200, 612, false}));
  EXPECT_EQ(parse_answer_head("HTTP/1.1 404 Not Found\r\nCONTENT-length:\t7 \r\nConnection: Close\r\n\r\n"),
            (HttpHead{404, 7, true}));
  EXPECT_EQ(parse_answer_head("HTTP/1.0 200 OK\r\nContent-Length: 4294967295\r\n\r\n"),
            (HttpHead{200, 4294967295u, true}));
  EXPECT_EQ(parse_answer_head("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"),
            (HttpHead{200, 0, false}));
  EXPECT_EQ(parse_answer_head("HTTP/1.1 204 \r\n\r\n"), (HttpHead{204, 0, false}));
  EXPECT_TRUE((HttpHead{299, 0, false}.good()));
  EXPECT_FALSE((HttpHead{300, 0, false}.good()));
}

TEST(HttpAnswerHead, RefusesWhatItCannotCount) {
  for (const char* head :
       {"", "\r\n\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 20x OK\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 99 OK\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"})
    EXPECT_EQ(parse_answer_head(head), std::nullopt) << head;
}

}  // namespace
}  // namespace millrace::load
