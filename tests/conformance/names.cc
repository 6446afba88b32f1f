#include "conformance/names.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <span>

namespace millrace::conformance {
namespace {

struct Named {
  std::uint32_t value;
  const char* name;
};

constexpr Named kEvents[] = {{EPOLLIN, "IN"},         {EPOLLPRI, "PRI"},
                             {EPOLLOUT, "OUT"},       {EPOLLERR, "ERR"},
                             {EPOLLHUP, "HUP"},       {POLLNVAL, "NVAL"},
                             {EPOLLRDNORM, "RDNORM"}, {EPOLLRDBAND, "RDBAND"},
                             {EPOLLWRNORM, "WRNORM"}, {EPOLLWRBAND, "WRBAND"},
                             {EPOLLRDHUP, "RDHUP"},   {EPOLLONESHOT, "ONESHOT"},
                             {EPOLLET, "ET"},         {EPOLLEXCLUSIVE, "EXCLUSIVE"}};
constexpr Named kMessageFlags[] = {{MSG_PEEK, "PEEK"},         {MSG_OOB, "OOB"},     {MSG_DONTWAIT, "DONTWAIT"},
                                   {MSG_WAITALL, "WAITALL"},   {MSG_TRUNC, "TRUNC"}, {MSG_CTRUNC, "CTRUNC"},
                                   {MSG_NOSIGNAL, "NOSIGNAL"}, {MSG_MORE, "MORE"},   {MSG_EOR, "EOR"}};
constexpr Named kTypeFlags[] = {{SOCK_NONBLOCK, "NONBLOCK"}, {SOCK_CLOEXEC, "CLOEXEC"}};
constexpr Named kTypes[] = {
    {SOCK_STREAM, "STREAM"}, {SOCK_DGRAM, "DGRAM"}, {SOCK_RAW, "RAW"}, {SOCK_SEQPACKET, "SEQPACKET"}};
constexpr Named kFamilies[] = {
    {AF_UNSPEC, "AF_UNSPEC"}, {AF_UNIX, "AF_UNIX"}, {AF_INET, "AF_INET"}, {AF_INET6, "AF_INET6"}};
constexpr Named kRequests[] = {
    {FIONREAD, "FIONREAD"}, {SIOCOUTQ, "SIOCOUTQ"}, {SIOCATMARK, "SIOCATMARK"}, {FIONBIO, "FIONBIO"}};

constexpr Named kCommands[] = {{F_GETFL, "F_GETFL"}, {F_SETFL, "F_SETFL"}, {F_GETFD, "F_GETFD"}, {F_SETFD, "F_SETFD"}};

struct Option {
  int level;
  int option;
  const char* name;
};

constexpr Option kOptions[] = {
    {SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"},
    {SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"},
    {SOL_SOCKET, SO_LINGER, "SO_LINGER"},
    {SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF"},
    {SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF"},
    {SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE"},
    {SOL_SOCKET, SO_ERROR, "SO_ERROR"},
    {SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO"},
    {SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO"},
    {SOL_SOCKET, SO_RCVLOWAT, "SO_RCVLOWAT"},
    {SOL_SOCKET, SO_SNDLOWAT, "SO_SNDLOWAT"},
    {SOL_SOCKET, SO_OOBINLINE, "SO_OOBINLINE"},
    {SOL_SOCKET, SO_TYPE, "SO_TYPE"},
    {SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN"},
    {SOL_SOCKET, SO_PROTOCOL, "SO_PROTOCOL"},
    {SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN"},
    {IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY"},
    {IPPROTO_TCP, TCP_CORK, "TCP_CORK"},
    {IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG"},
    {IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE"},
    {IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL"},
    {IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT"},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT"},
    {IPPROTO_TCP, TCP_LINGER2, "TCP_LINGER2"},
    {IPPROTO_TCP, TCP_SYNCNT, "TCP_SYNCNT"},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT"},
    {IPPROTO_TCP, TCP_QUICKACK, "TCP_QUICKACK"},
    {IPPROTO_TCP, TCP_CONGESTION, "TCP_CONGESTION"},
    {IPPROTO_TCP, TCP_INFO, "TCP_INFO"},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, "TCP_NOTSENT_LOWAT"},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP, "TCP_WINDOW_CLAMP"},
    {IPPROTO_TCP, TCP_FASTOPEN, "TCP_FASTOPEN"},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT, "TCP_FASTOPEN_CONNECT"},
    {IPPROTO_IP, IP_TOS, "IP_TOS"},
    {IPPROTO_IP, IP_TTL, "IP_TTL"},
    {IPPROTO_IP, IP_MTU, "IP_MTU"},
    {IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"},
    {IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS"},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS"},
};

std::string join(std::span<const Named> names, std::uint32_t bits) {
  std::string text;
  for (const auto& [value, name] : names) {
    if ((bits & value) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string{name};
    bits &= ~value;
  }
  if (bits != 0) text += fmt::format("{}{:#x}", text.empty() ? "" : "|", bits);
  return text.empty() ? "0" : text;
}

std::string one_of(std::span<const Named> names, std::uint32_t value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return fmt::format("{:#x}", value);
}

}  // namespace

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

std::string events_name(std::uint32_t events) { return join(kEvents, events); }

std::string option_name(int level, int option) {
  for (const auto& known : kOptions)
    if (known.level == level && known.option == option) return known.name;
  return fmt::format("level {}, option {}", level, option);
}

std::string message_flags(int flags) { return join(kMessageFlags, static_cast<std::uint32_t>(flags)); }

std::string family_name(int family) { return one_of(kFamilies, static_cast<std::uint32_t>(family)); }

std::string type_name(int type) {
  const auto bits = static_cast<std::uint32_t>(type);
  constexpr std::uint32_t kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  const std::string kind = one_of(kTypes, bits & ~kFlags);
  return (bits & kFlags) == 0 ? kind : kind + "|" + join(kTypeFlags, bits & kFlags);
}

std::string flags_name(int type_flags) { return join(kTypeFlags, static_cast<std::uint32_t>(type_flags)); }

std::string command_name(int command) { return one_of(kCommands, static_cast<std::uint32_t>(command)); }

std::string request_name(unsigned long request) { return one_of(kRequests, static_cast<std::uint32_t>(request)); }

}  // namespace millrace::conformance
