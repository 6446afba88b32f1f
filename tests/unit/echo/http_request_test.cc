// The head of a request: where it ends, what it decides, and every way to refuse it.
#include "http_request.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::echo {
namespace {

HttpRequest parse(const std::string& head) { return parse_head(head); }
HttpStatus status(const std::string& head) { return parse_head(head).status; }

TEST(HttpHead, EndsAtTheEmptyLine) {
  EXPECT_EQ(head_length(""), std::nullopt);
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\n"), std::nullopt);
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\n\r"), std::nullopt);
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\n\r\n"), 18u);
  EXPECT_EQ(head_length("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 18u);
}

TEST(HttpHead, KeepAliveFollowsVersionAndConnection) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nCONNECTION:\t Close \r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nConnection: upgrade ,close\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nConnection: closed\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nX-Connection: close\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nConnection:\r\n\r\n").keep_alive);
}

TEST(HttpHead, OnlyHeadHasNoBodyInTheAnswer) {
  EXPECT_TRUE(parse("HEAD / HTTP/1.1\r\n\r\n").head_only);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\n\r\n").head_only);
  EXPECT_FALSE(parse("head / HTTP/1.1\r\n\r\n").head_only);
}

TEST(HttpHead, ContentLengthIsTheBodyToSkip) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").body_length, 0u);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").body_length, 0u);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nA: b\r\ncontent-length:17\r\n\r\n").body_length, 17u);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n").body_length, ~std::uint64_t{0});
  for (const char* bad : {"", "-1", "1x", "0x10", "18446744073709551616", "1 2", "1,1"}) {
    const HttpRequest request = parse(std::string{"POST / HTTP/1.1\r\nContent-Length: "} + bad + "\r\n\r\n");
    EXPECT_EQ(request.status, HttpStatus::BadRequest) << bad;
    EXPECT_FALSE(request.keep_alive) << bad;
  }
}

TEST(HttpHead, RefusesWhatItCannotFollow) {
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), HttpStatus::Ok);
  EXPECT_EQ(status("GET / HTTP/1.9\r\n\r\n"), HttpStatus::Ok);
  EXPECT_EQ(status("\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("GET\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("GET /\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status(" / HTTP/1.1\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("GET  HTTP/1.1\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("GET / FTP/1.1\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("GET / HTTP/2.0\r\n\r\n"), HttpStatus::VersionNotSupported);
  EXPECT_EQ(status("GET / HTTP/1.10\r\n\r\n"), HttpStatus::VersionNotSupported);
  EXPECT_EQ(status("GET / HTTP/1.\r\n\r\n"), HttpStatus::VersionNotSupported);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nno colon\r\n\r\n"), HttpStatus::BadRequest);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), HttpStatus::NotImplemented);
  EXPECT_FALSE(parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/2.0\r\n\r\n").keep_alive);
}

}  // namespace
}  // namespace millrace::echo
