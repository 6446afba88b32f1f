// Options of sockets.
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <array>

#include "conformance/names.h"
#include "conformance/script.h"
#include "conformance/tcp_info_text.h"

namespace millrace::conformance {

int Script::get(int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  const Answer answer = calls_.getsockopt(fd, level, option, &value, &length);
  const bool is_error = level == SOL_SOCKET && option == SO_ERROR;
  const std::string text = is_error ? errno_name(value) : std::to_string(value);
  return record(fmt::format("getsockopt({}, {})", name(fd), option_name(level, option)), answer,
                answer.result < 0 ? "" : fmt::format("value {} length {}", text, length));
}

int Script::set(int fd, int level, int option, int value) {
  const Answer answer = calls_.setsockopt(fd, level, option, &value, sizeof value);
  return record(fmt::format("setsockopt({}, {}, {})", name(fd), option_name(level, option), value), answer);
}

int Script::get_raw(int fd, int level, int option, socklen_t length) {
  std::array<unsigned char, 64> room{};
  socklen_t filled = length;
  const Answer answer = calls_.getsockopt(fd, level, option, room.data(), &filled);
  std::string hex;
  for (socklen_t i = 0; i < filled && i < room.size(); ++i) hex += fmt::format("{:02x}", room[i]);
  return record(fmt::format("getsockopt({}, {}, room {})", name(fd), option_name(level, option), length), answer,
                answer.result < 0 ? "" : fmt::format("bytes {} length {}", hex, filled));
}

int Script::set_raw(int fd, int level, int option, std::string_view bytes) {
  const Answer answer = calls_.setsockopt(fd, level, option, bytes.data(), static_cast<socklen_t>(bytes.size()));
  return record(fmt::format("setsockopt({}, {}, {} bytes)", name(fd), option_name(level, option), bytes.size()),
                answer);
}

int Script::get_linger(int fd) {
  linger value{};
  socklen_t length = sizeof value;
  const Answer answer = calls_.getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &length);
  return record(fmt::format("getsockopt({}, SO_LINGER)", name(fd)), answer,
                answer.result < 0 ? "" : fmt::format("on {} seconds {}", value.l_onoff, value.l_linger));
}

int Script::set_linger(int fd, int on, int seconds) {
  const linger value{on, seconds};
  const Answer answer = calls_.setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof value);
  return record(fmt::format("setsockopt({}, SO_LINGER, on {} seconds {})", name(fd), on, seconds), answer);
}

int Script::get_time(int fd, int option) {
  timeval value{};
  socklen_t length = sizeof value;
  const Answer answer = calls_.getsockopt(fd, SOL_SOCKET, option, &value, &length);
  return record(fmt::format("getsockopt({}, {})", name(fd), option_name(SOL_SOCKET, option)), answer,
                answer.result < 0 ? "" : fmt::format("{} s {} us length {}", value.tv_sec, value.tv_usec, length));
}

int Script::set_time(int fd, int option, long seconds, long microseconds) {
  const timeval value{seconds, microseconds};
  const Answer answer = calls_.setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
  return record(
      fmt::format("setsockopt({}, {}, {} s {} us)", name(fd), option_name(SOL_SOCKET, option), seconds, microseconds),
      answer);
}

int Script::get_congestion(int fd, socklen_t length) {
  std::array<char, 64> room{};
  socklen_t filled = length;
  const Answer answer = calls_.getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, room.data(), &filled);
  return record(fmt::format("getsockopt({}, TCP_CONGESTION, room {})", name(fd), length), answer,
                answer.result < 0 ? "" : fmt::format("{} length {}", room.data(), filled));
}

int Script::set_congestion(int fd, std::string_view name) {
  const Answer answer =
      calls_.setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), static_cast<socklen_t>(name.size()));
  return record(fmt::format("setsockopt({}, TCP_CONGESTION, {})", this->name(fd), name), answer);
}

int Script::tcp_info(int fd, std::initializer_list<const char*> fields) {
  std::array<std::byte, kTcpInfoRoom> room{};
  socklen_t length = room.size();
  const Answer answer = calls_.getsockopt(fd, IPPROTO_TCP, TCP_INFO, room.data(), &length);
  return record(fmt::format("getsockopt({}, TCP_INFO)", name(fd)), answer,
                answer.result < 0 ? "" : tcp_info_text(room, fields));
}

}  // namespace millrace::conformance
