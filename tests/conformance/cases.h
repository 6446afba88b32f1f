// The cases, a function per file.
#pragma once

#include "conformance/case.h"

namespace millrace::conformance {

std::vector<Case> bind_cases();
std::vector<Case> listener_cases();
std::vector<Case> open_cases();
std::vector<Case> accept_cases();
std::vector<Case> connect_error_cases();
std::vector<Case> send_receive_cases();
std::vector<Case> close_cases();
std::vector<Case> half_close_cases();
std::vector<Case> reset_cases();
std::vector<Case> linger_cases();
std::vector<Case> unread_cases();
std::vector<Case> timeout_cases();
std::vector<Case> poll_cases();
std::vector<Case> epoll_set_cases();
std::vector<Case> epoll_level_cases();
std::vector<Case> epoll_edge_cases();
std::vector<Case> option_cases();
std::vector<Case> tcp_option_cases();
std::vector<Case> ip_option_cases();
std::vector<Case> tcp_info_cases();
std::vector<Case> urgent_cases();
std::vector<Case> peek_flag_cases();
std::vector<Case> vector_cases();
std::vector<Case> ioctl_cases();
std::vector<Case> bad_argument_cases();
std::vector<Case> blocking_cases();

}  // namespace millrace::conformance
