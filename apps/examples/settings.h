// What every example takes from its command line: a port, our address, and how to leave the network.
#pragma once

#include <millrace/millrace.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace examples {

using namespace millrace;

/// PROGRAM DEVICE ADDRESS/LENGTH GATEWAY|- [more]: the runtime's settings; `usage` names what more there is.
inline api::RuntimeSettings settings_from(int argc, char** argv, const char* usage = "") {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s DEVICE ADDRESS/LENGTH GATEWAY|- %s\n", argv[0], usage);
    std::fprintf(stderr, "  such as: %s net_tap0,iface=mr0 10.1.0.1/24 - %s\n", argv[0], usage);
    std::exit(2);
  }
  api::PortSettings port;
  port.name = "port";
  port.device = argv[1];
  port.addresses = {api::to_prefix(argv[2])};

  api::RuntimeSettings settings;
  settings.ports = {port};
  settings.file_prefix = "example" + std::to_string(getpid());
  if (std::string{argv[3]} != "-") {
    const api::IpAddress gateway = api::to_address(argv[3]);
    const api::IpAddress any = gateway.is_v4() ? api::IpAddress::v4(0) : api::IpAddress{};
    settings.routes = {{{any, 0}, gateway}};
  }
  return settings;
}

/// Signals that end the program are for wait_for_end() alone; call it before the Runtime starts its threads.
inline void hold_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

inline void wait_for_end() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  int which = 0;
  sigwait(&ends, &which);
}

/// Listens on every address; says so, or ends the program.
inline void listen(api::Shard shard, std::uint16_t port, const api::ListenOptions& options = {}) {
  const auto listener = shard.listen({{}, port}, options);
  if (listener) {
    std::printf("listening on port %u\n", port);
    std::fflush(stdout);
    return;
  }
  std::fprintf(stderr, "cannot listen on port %u: %s\n", port, to_string(listener.error()));
  std::exit(1);
}

}  // namespace examples
