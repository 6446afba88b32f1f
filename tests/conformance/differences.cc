#include "conformance/differences.h"

namespace millrace::conformance {
namespace {

constexpr const char* kNoExclusive = "EPOLLEXCLUSIVE chooses among threads that wait in epolls of their own; refused";
constexpr const char* kPortZero = "nobody can listen on port 0, so it is refused without asking";
constexpr const char* kSentLater =
    "what is written leaves at the end of the turn, so a reset in the same turn drops it";
constexpr const char* kEpollAlone = "an epoll descriptor cannot itself be waited for";
constexpr const char* kNothingNew = "Linux tells again when our FIN is acknowledged, with nothing new to say";
constexpr const char* kNoHopLimit0 = "a packet with hop limit 0 is never sent (RFC 8200 3)";
constexpr const char* kSynCounted = "Linux counts the SYN as a byte; RFC 4898 counts octets of data";
constexpr const char* kAtTheMark = "Linux counts up to the mark also when reading stands at it; here what a read gives";
constexpr const char* kByteFits = "memory that is paid for takes a few bytes more, though poll waits for real room";
constexpr const char* kTimeWait =
    "those in TIME-WAIT are no sockets any more; a new SYN is told from an old one by RFC 6191";
constexpr const char* kProbesCount = "keepalive counts probes (RFC 1122 4.2.3.6); a user timeout is for what was sent";
constexpr const char* kNotCounted = "the stack counts bytes received, no segments";
constexpr const char* kMulticast = "TCP has no multicast addresses (RFC 9293 MUST-57); Linux fails later";

constexpr const char* kNumbers =
    "a number comes back after many others, so a thread that still has it finds nothing, not somebody else's socket";

constexpr Difference kDifferences[] = {
    {"close.number_is_free_again", "the same number = 1", "the same number = 0", kNumbers},
    {"connect_errors.port_zero", "connect(c, peer:0) = -1 EINPROGRESS", "connect(c, peer:0) = -1 ECONNREFUSED",
     kPortZero},
    {"connect_errors.port_zero", "getsockopt(c, SO_ERROR) = 0 value ECONNREFUSED length 4",
     "getsockopt(c, SO_ERROR) = 0 value 0 length 4", kPortZero},
    {"send_receive.a_byte_when_full", "send(c, 1, NOSIGNAL) = -1 EAGAIN", "send(c, 1, NOSIGNAL) = 1", kByteFits},
    {"close.port_in_time_wait", "bind(plain, own:p1) = -1 EADDRINUSE", "bind(plain, own:p1) = 0", kTimeWait},
    {"close.port_in_time_wait_that_all_reuse", "bind(plain, own:p1) = -1 EADDRINUSE", "bind(plain, own:p1) = 0",
     kTimeWait},
    {"timeouts.keepalive_of_a_vanished_peer", "getsockopt(c, SO_ERROR) = 0 value ETIMEDOUT length 4",
     "getsockopt(c, SO_ERROR) = 0 value 0 length 4", kProbesCount},
    {"tcp_info.bytes", "getsockopt(c, TCP_INFO) = 0 data_segs_in=1 data_segs_out=1 total_retrans=0",
     "getsockopt(c, TCP_INFO) = 0 data_segs_in=0 data_segs_out=1 total_retrans=0", kNotCounted},
    {"reset.data_in_the_same_breath", "read(a, 100) = 8 \"together\"", "read(a, 100) = -1 ECONNRESET", kSentLater},
    {"reset.data_in_the_same_breath", "read(a, 100) = -1 ECONNRESET", "read(a, 100) = 0", kSentLater},
    {"epoll_set.exclusive", "epoll_ctl(e, ADD, l, IN|EXCLUSIVE) = 0", "epoll_ctl(e, ADD, l, IN|EXCLUSIVE) = -1 EINVAL",
     kNoExclusive},
    {"epoll_set.in_poll", "poll([e IN], 0) = 1 [e IN]", "poll([e IN], 0) = 1 [e NVAL]", kEpollAlone},
    {"epoll_edge.our_shutdown_is_an_event", "epoll_wait(e, 8, 0) = 1 [c IN|HUP|RDHUP]", "epoll_wait(e, 8, 0) = 0 []",
     kNothingNew},
    {"ip_options.hop_limit", "setsockopt(c, IPV6_UNICAST_HOPS, 0) = 0",
     "setsockopt(c, IPV6_UNICAST_HOPS, 0) = -1 EINVAL", kNoHopLimit0},
    {"ip_options.hop_limit", "getsockopt(c, IPV6_UNICAST_HOPS) = 0 value 0 length 4",
     "getsockopt(c, IPV6_UNICAST_HOPS) = 0 value 1 length 4", kNoHopLimit0},
    {"tcp_info.bytes_acknowledged", "getsockopt(c, TCP_INFO) = 0 bytes_acked=1",
     "getsockopt(c, TCP_INFO) = 0 bytes_acked=0", kSynCounted},
    {"tcp_info.bytes_acknowledged", "getsockopt(c, TCP_INFO) = 0 bytes_acked=13",
     "getsockopt(c, TCP_INFO) = 0 bytes_acked=12", kSynCounted},
    {"urgent.counted_by_fionread", "ioctl(a, FIONREAD) = 0 value 0", "ioctl(a, FIONREAD) = 0 value 3", kAtTheMark},
    {"bad_arguments.bind_multicast", "bind(c, 224.0.0.1) = 0", "bind(c, 224.0.0.1) = -1 EADDRNOTAVAIL", kMulticast},
};

}  // namespace

std::span<const Difference> differences() { return kDifferences; }

}  // namespace millrace::conformance
