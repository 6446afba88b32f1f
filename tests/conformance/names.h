// Numbers as the names that a trace has for them, the same on every system.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::conformance {

/// "EAGAIN"; "0" for none.
[[nodiscard]] std::string errno_name(int error);
/// "IN|OUT"; "0" for none. Of poll's and epoll's flags, whose values are the same.
[[nodiscard]] std::string events_name(std::uint32_t events);
/// "SO_ERROR" and the like; the numbers when it is none that is known.
[[nodiscard]] std::string option_name(int level, int option);
/// "MSG_PEEK|MSG_OOB"; "0" for none.
[[nodiscard]] std::string message_flags(int flags);
/// "AF_INET" and the like.
[[nodiscard]] std::string family_name(int family);
/// "STREAM|NONBLOCK"
[[nodiscard]] std::string type_name(int type);
/// "NONBLOCK|CLOEXEC"; "0" for none.
[[nodiscard]] std::string flags_name(int type_flags);
/// "F_GETFL" and the like.
[[nodiscard]] std::string command_name(int command);
/// "FIONREAD" and the like.
[[nodiscard]] std::string request_name(unsigned long request);

}  // namespace millrace::conformance
