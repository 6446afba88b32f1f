#include "conformance/linux_traces.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <stdexcept>

namespace millrace::conformance {
namespace {

constexpr std::size_t kProcesses = 32;
constexpr unsigned kPatienceSeconds = 120;

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n <= 0) ::_exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// A network of the process's own, where it may have one: ports that nobody else takes, settings as they are by default.
void use_own_network() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return;
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP;
  if (::ioctl(fd, SIOCSIFFLAGS, &loopback) != 0) ::_exit(1);
  ::close(fd);
}

// A trace as text: its name, its lines, an empty line.
[[noreturn]] void perform_share(std::span<const Play> plays, std::size_t first, int out) {
  ::alarm(kPatienceSeconds);
  ::signal(SIGPIPE, SIG_IGN);
  use_own_network();
  for (std::size_t i = first; i < plays.size(); i += kProcesses) {
    const auto world = linux_world();
    std::string text = plays[i].name + "\n";
    try {
      for (const std::string& line : perform(plays[i], *world)) text += line + "\n";
    } catch (const std::exception& error) {
      text += fmt::format("could not go on: {}\n", error.what());
    }
    write_all(out, text + "\n");
  }
  ::_exit(0);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> chunk;
  for (ssize_t n = 0; (n = ::read(fd, chunk.data(), chunk.size())) > 0;)
    text.append(chunk.data(), static_cast<std::size_t>(n));
  return text;
}

void take(Traces& traces, std::string_view text) {
  std::vector<std::string>* trace = nullptr;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line{text.substr(0, end)};
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty())
      trace = nullptr;
    else if (trace == nullptr)
      trace = &traces[line];
    else
      trace->push_back(line);
  }
}

}  // namespace

Traces linux_traces(std::span<const Play> plays) {
  struct Process {
    pid_t pid;
    int out;
  };
  std::vector<Process> processes;
  for (std::size_t i = 0; i < kProcesses; ++i) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error{"no process"};
    if (pid == 0) perform_share(plays, i, ends[1]);
    ::close(ends[1]);
    processes.push_back({pid, ends[0]});
  }
  Traces traces;
  for (const auto& [pid, out] : processes) {
    take(traces, read_all(out));
    ::close(out);
    ::waitpid(pid, nullptr, 0);
  }
  return traces;
}

}  // namespace millrace::conformance
