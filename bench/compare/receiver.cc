// receiver: the receiving side of a comparison, the same program whichever stack sends.
//
//     receiver bulk SECONDS ADDRESS:PORT...                       reads chargen from all of them at once
//     receiver answers ADDRESS:PORT SIZE COUNT EVERY_MS PATIENCE_S    HTTP, a connection for each answer
//
// Prints JSON; exit code 1 when it could not even begin.
#include "receiver.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <vector>

namespace millrace::compare {

Target parse_target(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error(fmt::format("'{}': ADDRESS:PORT", text));
  return {text.substr(0, colon), static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

int start_connect(const Target& target) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  if (::inet_pton(AF_INET, target.address.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error(fmt::format("'{}' is no IPv4 address", target.address));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 ||
      (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS))
    throw std::runtime_error(fmt::format("connect to {}: {}", target.address, std::strerror(errno)));
  return fd;
}

void abort_connection(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

namespace {

std::string measure(const std::vector<std::string>& words) {
  if (words.size() >= 3 && words[0] == "bulk") {
    std::vector<Target> targets;
    for (std::size_t i = 2; i < words.size(); ++i) targets.push_back(parse_target(words[i]));
    return measure_bulk(targets, std::stod(words[1]));
  }
  if (words.size() == 6 && words[0] == "answers")
    return measure_answers(parse_target(words[1]), {.size = std::stoul(words[2]),
                                                    .count = std::stoul(words[3]),
                                                    .every = std::stod(words[4]) / 1000,
                                                    .patience = std::stod(words[5])});
  throw std::runtime_error("bulk SECONDS ADDRESS:PORT... | answers ADDRESS:PORT SIZE COUNT EVERY_MS PATIENCE_S");
}

}  // namespace
}  // namespace millrace::compare

int main(int argc, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  try {
    fmt::print("{}\n", millrace::compare::measure({argv + 1, argv + argc}));
  } catch (const std::exception& failure) {
    fmt::print(stderr, "receiver: {}\n", failure.what());
    return 1;
  }
}
