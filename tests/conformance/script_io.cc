// Bytes: the calls that move them.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>

#include "conformance/names.h"
#include "conformance/script.h"

namespace millrace::conformance {
namespace {

constexpr std::size_t kChunk = 4096;
// What two well-behaved ends hold at most between them; a writer that gets further is never told to wait.
constexpr std::size_t kEndless = std::size_t{64} << 20;

// What a sender holds back because the window is small goes with the first probe.
constexpr std::chrono::milliseconds kHeldBack{300};

// The stream that fill() writes and drain() expects: byte i of it.
char byte_of_stream(std::size_t i) { return static_cast<char>(i * 131 >> 3); }

std::string piece_lengths(const std::vector<std::string_view>& pieces) {
  std::vector<std::size_t> lengths;
  for (const auto piece : pieces) lengths.push_back(piece.size());
  return fmt::format("[{}]", fmt::join(lengths, ", "));
}

// Buffers for a scattered read.
class Scatter {
 public:
  explicit Scatter(const std::vector<std::size_t>& sizes) : sizes_(sizes) {
    for (const std::size_t size : sizes) buffers_.emplace_back(size, '\0');
    for (std::string& buffer : buffers_) vector_.push_back({buffer.data(), buffer.size()});
  }
  [[nodiscard]] iovec* data() { return vector_.data(); }
  [[nodiscard]] int count() const { return static_cast<int>(vector_.size()); }
  [[nodiscard]] std::string sizes() const { return fmt::format("[{}]", fmt::join(sizes_, ", ")); }
  /// The first `n` bytes, piece by piece.
  [[nodiscard]] std::string text(ssize_t n) const {
    std::string all;
    std::size_t left = n < 0 ? 0 : static_cast<std::size_t>(n);
    for (const std::string& buffer : buffers_) {
      const std::size_t here = std::min(left, buffer.size());
      all += (all.empty() ? "" : "+") + Trace::bytes({buffer.data(), here});
      left -= here;
    }
    return all;
  }

 private:
  std::vector<std::size_t> sizes_;
  std::vector<std::string> buffers_;
  std::vector<iovec> vector_;
};

std::vector<iovec> gather(const std::vector<std::string_view>& pieces) {
  std::vector<iovec> vector;
  for (const auto piece : pieces) vector.push_back({const_cast<char*>(piece.data()), piece.size()});
  return vector;
}

std::string received(const std::string& buffer, ssize_t n) {
  return n <= 0 ? "" : Trace::bytes({buffer.data(), std::min(buffer.size(), static_cast<std::size_t>(n))});
}

}  // namespace

int Script::read(int fd, std::size_t most) {
  std::string buffer(most, '\0');
  const Answer answer = calls_.read(fd, buffer.data(), most);
  return record(fmt::format("read({}, {})", name(fd), most), answer, received(buffer, answer.result));
}

int Script::recv(int fd, std::size_t most, int flags) {
  std::string buffer(most, '\0');
  const Answer answer = calls_.recv(fd, buffer.data(), most, flags);
  return record(fmt::format("recv({}, {}, {})", name(fd), most, message_flags(flags)), answer,
                received(buffer, answer.result));
}

int Script::recvfrom(int fd, std::size_t most, int flags) {
  std::string buffer(most, '\0');
  Address from;
  from.length = sizeof from.storage;
  const Answer answer = calls_.recvfrom(fd, buffer.data(), most, flags, from.raw(), &from.length);
  const std::string call = fmt::format("recvfrom({}, {}, {})", name(fd), most, message_flags(flags));
  return record(
      call, answer,
      answer.result < 0 ? "" : fmt::format("{} from length {}", received(buffer, answer.result), from.length));
}

int Script::readv(int fd, const std::vector<std::size_t>& sizes) {
  Scatter scatter{sizes};
  const Answer answer = calls_.readv(fd, scatter.data(), scatter.count());
  return record(fmt::format("readv({}, {})", name(fd), scatter.sizes()), answer, scatter.text(answer.result));
}

int Script::recvmsg(int fd, const std::vector<std::size_t>& sizes, int flags, std::size_t control) {
  Scatter scatter{sizes};
  std::array<char, 256> room{};
  msghdr message{};
  message.msg_iov = scatter.data();
  message.msg_iovlen = sizes.size();
  message.msg_control = room.data();
  message.msg_controllen = control;
  const Answer answer = calls_.recvmsg(fd, &message, flags);
  const std::string call = fmt::format("recvmsg({}, {}, {})", name(fd), scatter.sizes(), message_flags(flags));
  if (answer.result < 0) return record(call, answer);
  return record(call, answer,
                fmt::format("{} flags {} name {} control {}", scatter.text(answer.result),
                            message_flags(message.msg_flags), message.msg_namelen, message.msg_controllen));
}

int Script::write(int fd, std::string_view bytes) {
  const Answer answer = calls_.write(fd, bytes.data(), bytes.size());
  return record(fmt::format("write({}, {})", name(fd), bytes.size()), answer);
}

int Script::send(int fd, std::string_view bytes, int flags) {
  const Answer answer = calls_.send(fd, bytes.data(), bytes.size(), flags);
  return record(fmt::format("send({}, {}, {})", name(fd), bytes.size(), message_flags(flags)), answer);
}

int Script::sendto(int fd, std::string_view bytes, int flags, const Address& address) {
  const Answer answer = calls_.sendto(fd, bytes.data(), bytes.size(), flags, address.raw(), address.length);
  return record(
      fmt::format("sendto({}, {}, {}, {})", name(fd), bytes.size(), message_flags(flags), peer_text(fd, address)),
      answer);
}

int Script::writev(int fd, const std::vector<std::string_view>& pieces) {
  const std::vector<iovec> vector = gather(pieces);
  const Answer answer = calls_.writev(fd, vector.data(), static_cast<int>(vector.size()));
  return record(fmt::format("writev({}, {})", name(fd), piece_lengths(pieces)), answer);
}

int Script::sendmsg(int fd, const std::vector<std::string_view>& pieces, int flags) {
  std::vector<iovec> vector = gather(pieces);
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = vector.size();
  const Answer answer = calls_.sendmsg(fd, &message, flags);
  return record(fmt::format("sendmsg({}, {}, {})", name(fd), piece_lengths(pieces), message_flags(flags)), answer);
}

int Script::ioctl(int fd, unsigned long request, int argument) {
  int value = argument;
  const Answer answer = calls_.ioctl(fd, request, &value);
  return record(fmt::format("ioctl({}, {})", name(fd), request_name(request)), answer,
                answer.result < 0 ? "" : fmt::format("value {}", value));
}

void Script::fill(int fd) {
  filled_ = 0;
  ssize_t last = 0;
  std::size_t before = 0;
  do {
    before = filled_;
    do last = fill_once(fd);
    while (last > 0 && filled_ < kEndless);
    const int error = errno;
    world_.pass(kHeldBack);
    errno = error;
  } while (filled_ > before && filled_ < kEndless);
  const Answer answer = last;
  trace_.add(fmt::format("fill({}) = {}, then {}", name(fd), filled_ == 0 ? "nothing" : "some",
                         answer.result < 0 ? errno_name(answer.error) : "no end"));
}

ssize_t Script::fill_once(int fd) {
  std::array<char, kChunk> chunk;
  for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = byte_of_stream(filled_ + i);
  const ssize_t n = calls_.send(fd, chunk.data(), chunk.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0) filled_ += static_cast<std::size_t>(n);
  return n;
}

void Script::drain(int fd) {
  std::array<char, kChunk> chunk;
  std::size_t drained = 0;
  bool intact = true;
  Answer last = 0;
  for (bool waited = false; !waited;) {
    last = calls_.recv(fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
    for (ssize_t i = 0; i < last.result; ++i)
      intact = intact && chunk[static_cast<std::size_t>(i)] == byte_of_stream(drained++);
    if (last.result > 0) continue;
    world_.settle();
    waited = calls_.recv(fd, chunk.data(), 1, MSG_DONTWAIT | MSG_PEEK) <= 0;
  }
  const char* what = drained == 0         ? "nothing"
                     : drained < filled_  ? "a part of what was filled"
                     : drained == filled_ ? "all that was filled"
                                          : "more than was filled";
  trace_.add(fmt::format("drain({}) = {}{}, then {}", name(fd), what, intact ? "" : " but altered",
                         last.result < 0 ? errno_name(last.error) : "the end"));
}

int Script::send_much(int fd, std::size_t bytes, int flags) {
  const std::string buffer(bytes, 'm');
  const Answer answer = calls_.send(fd, buffer.data(), bytes, flags);
  const auto n = static_cast<std::size_t>(answer.result);
  trace_.add(fmt::format("send({}, much, {}) = {}", name(fd), message_flags(flags),
                         answer.result < 0 ? "-1 " + errno_name(answer.error)
                         : n == bytes      ? "all"
                         : n > 0           ? "some"
                                           : "0"));
  return static_cast<int>(answer.result);
}

}  // namespace millrace::conformance
