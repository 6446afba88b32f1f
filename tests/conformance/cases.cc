#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

struct Group {
  const char* name;
  std::vector<Case> (*cases)();
};

constexpr Group kGroups[] = {
    {"bind", bind_cases},
    {"listener", listener_cases},
    {"open", open_cases},
    {"accept", accept_cases},
    {"connect_errors", connect_error_cases},
    {"send_receive", send_receive_cases},
    {"close", close_cases},
    {"half_close", half_close_cases},
    {"reset", reset_cases},
    {"linger", linger_cases},
    {"unread", unread_cases},
    {"timeouts", timeout_cases},
    {"poll", poll_cases},
    {"epoll_set", epoll_set_cases},
    {"epoll_level", epoll_level_cases},
    {"epoll_edge", epoll_edge_cases},
    {"options", option_cases},
    {"tcp_options", tcp_option_cases},
    {"ip_options", ip_option_cases},
    {"tcp_info", tcp_info_cases},
    {"urgent", urgent_cases},
    {"peek_flags", peek_flag_cases},
    {"vectors", vector_cases},
    {"ioctl", ioctl_cases},
    {"bad_arguments", bad_argument_cases},
    {"blocking", blocking_cases},
};

}  // namespace

std::vector<Play> all_plays() {
  std::vector<Play> plays;
  for (const Group& group : kGroups)
    for (const Case& each : group.cases()) {
      const std::string name = std::string{group.name} + "." + each.name;
      if (each.versions != Versions::Ipv6) plays.push_back({name, name, each.run, AF_INET});
      if (each.versions != Versions::Ipv4) plays.push_back({name + "_ipv6", name, each.run, AF_INET6});
    }
  return plays;
}

std::vector<std::string> perform(const Play& play, World& world) {
  Script script{world, play.family};
  play.run(script);
  return script.lines();
}

}  // namespace millrace::conformance
