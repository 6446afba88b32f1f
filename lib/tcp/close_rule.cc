// The table. `by` names the rule as the RFC numbers it, or the key of the configuration that sets the limit.
#include "tcp/close_rule.h"

#include <array>

namespace millrace::tcp {
namespace {

constexpr std::array<CloseRuleInfo, kCloseRules> kRules = {{
    {CloseRule::None, Who::Nobody, How::Open, CloseReason::None, "open", "open", "", ""},
    {CloseRule::ClosedByUs, Who::Application, How::Fin, CloseReason::Normal, "closed_by_us", "closed, our side first",
     "FIN both ways, RFC 9293 3.6", ""},
    {CloseRule::ClosedByPeer, Who::Peer, How::Fin, CloseReason::Normal, "closed_by_peer", "closed, the peer first",
     "FIN both ways, RFC 9293 3.6", ""},
    {CloseRule::ClosedByBoth, Who::Both, How::Fin, CloseReason::Normal, "closed_by_both",
     "closed by both at the same time", "FINs crossed, RFC 9293 3.6", ""},
    {CloseRule::RefusedByPeer, Who::Peer, How::Refused, CloseReason::Refused, "refused_by_peer", "refused by the peer",
     "RST in answer to our SYN, RFC 9293 3.10.7.3",
     "Nothing listens on that port, or a firewall rejects it: look at the listening sockets of that host."},
    {CloseRule::ResetByPeer, Who::Peer, How::Reset, CloseReason::ResetByPeer, "reset_by_peer", "reset by the peer",
     "RST at RCV.NXT, RFC 9293 3.10.7.4",
     "The peer's program aborted, ended, or closed with unread data, or its host restarted: look at its log."},
    {CloseRule::ConnectTimeout, Who::Timer, How::Timeout, CloseReason::ConnectTimeout, "connect_timeout",
     "nobody answered our SYN", "[tcp] connect_timeout, RFC 9293 3.8.3 (MUST-23)",
     "The host is down or unreachable, or a firewall drops the SYN: capture on both sides."},
    {CloseRule::RetransmitTimeout, Who::Timer, How::Timeout, CloseReason::RetransmitTimeout, "retransmit_timeout",
     "the peer stopped acknowledging", "[tcp] user_timeout, R2 of RFC 9293 3.8.3",
     "The peer or the path is dead, or drops only large packets: look at its link, and compare the path's MTU."},
    {CloseRule::ProbeTimeout, Who::Timer, How::Timeout, CloseReason::RetransmitTimeout, "probe_timeout",
     "the peer shut its window and stopped answering probes", "[tcp] user_timeout, RFC 9293 3.8.6.1",
     "The peer had stopped reading before it vanished: look at its program and its link."},
    {CloseRule::KeepaliveTimeout, Who::Timer, How::Timeout, CloseReason::KeepaliveTimeout, "keepalive_timeout",
     "the peer did not answer keepalives", "keepalive idle, interval and count, RFC 9293 3.8.4",
     "The peer vanished without a word (power, link, NAT that forgot the connection)."},
    {CloseRule::FinWait2Timeout, Who::Timer, How::Timeout, CloseReason::FinWait2Timeout, "fin_wait_2_timeout",
     "we closed, the peer never did", "[tcp] fin_wait_2_timeout, for connections that the application gave up",
     "The peer's program keeps its socket open after our FIN."},
    {CloseRule::OrphanWindow, Who::Timer, How::Timeout, CloseReason::RetransmitTimeout, "orphan_window",
     "we closed with data left, and the peer kept its window shut, or vanished with it shut",
     "[tcp] fin_wait_2_timeout, for connections that the application gave up",
     "The peer's program asked for more than it reads; what it had not taken is lost."},
    {CloseRule::LingerTimeout, Who::Timer, How::Timeout, CloseReason::LingerTimeout, "linger_timeout",
     "we closed, and the peer did not acknowledge everything in time",
     "linger time of the connection, RFC 9293 3.9.1.4",
     "What was not acknowledged is lost; the peer reads slowly or not at all."},
    {CloseRule::FastOpenExpired, Who::Timer, How::Timeout, CloseReason::RetransmitTimeout, "fast_open_expired",
     "accepted with its SYN, and the peer never answered", "[tcp] half_open_timeout and syn_ack_retries, RFC 7413 5.1",
     "The client vanished, or its address was used by somebody else."},
    {CloseRule::OrphanLimit, Who::Policy, How::Reset, CloseReason::OrphanLimit, "orphan_limit",
     "too many closed connections waited for their peers", "[limits] orphans",
     "Raise [limits] orphans, or find out why so many peers do not close."},
    {CloseRule::Unreachable, Who::Network, How::Unreachable, CloseReason::Unreachable, "unreachable",
     "the network says unreachable", "hard ICMP error while connecting, RFC 9293 3.9.2.2, RFC 5927 5.2",
     "A router or the host refuses: check route, address and firewall."},
    {CloseRule::Aborted, Who::Application, How::Reset, CloseReason::Aborted, "aborted", "aborted by our application",
     "RST, RFC 9293 3.10.5", ""},
    {CloseRule::AbortedConnecting, Who::Application, How::Reset, CloseReason::Aborted, "aborted_connecting",
     "given up by our application before the peer answered", "RFC 9293 3.10.4, 3.10.5",
     "The peer answers late or not at all."},
    {CloseRule::AbortedAfterData, Who::Application, How::Reset, CloseReason::Aborted, "aborted_after_data",
     "reset by our application after its data was acknowledged", "RST, RFC 9293 3.10.5", ""},
    {CloseRule::ClosedUnread, Who::Application, How::Reset, CloseReason::LocalReset, "closed_unread",
     "closed by our application with data unread", "RST instead of FIN, RFC 2525 2.17",
     "The application left bytes that the peer had sent: they are lost, and the peer is told so."},
    {CloseRule::DataAfterClose, Who::Peer, How::Reset, CloseReason::LocalReset, "data_after_close",
     "data came after our application had closed", "RST, RFC 9293 3.6.1 (SHLD-3)",
     "The peer went on sending after our FIN; what it sent is lost."},
    {CloseRule::AppConnectTimeout, Who::Policy, How::Timeout, CloseReason::Aborted, "app_connect_timeout",
     "the server did not answer in time", "connect_timeout or health_timeout of the upstream",
     "The server is down, overloaded or unreachable: look at its link and its accept queue."},
    {CloseRule::AppIdleTimeout, Who::Policy, How::Timeout, CloseReason::Aborted, "app_idle_timeout",
     "nothing happened for too long", "[timeouts] idle", "Raise [timeouts] idle if such connections are wanted."},
    {CloseRule::AppLimit, Who::Policy, How::Reset, CloseReason::Aborted, "app_limit", "refused, too many connections",
     "[limits] connections", "Raise [limits] connections if there is memory for more."},
    {CloseRule::AppDrain, Who::Policy, How::Reset, CloseReason::Aborted, "app_drain", "ended because the program stops",
     "[timeouts] drain", ""},
    {CloseRule::AppNoServer, Who::Policy, How::Reset, CloseReason::Aborted, "app_no_server",
     "no server of the upstream answered", "RST to the client, RFC 9293 3.10.5",
     "The connections to the servers, just before this one, say why each of them failed."},
    {CloseRule::AppOtherLeg, Who::Policy, How::Reset, CloseReason::Aborted, "app_other_leg",
     "the other connection of the pair ended badly", "a reset travels as a reset",
     "The other connection, just before this one, says why."},
    {CloseRule::AppCheck, Who::Policy, How::Reset, CloseReason::Aborted, "app_check", "health check, done",
     "health_interval of the upstream", ""},
    {CloseRule::HalfOpenExpired, Who::Timer, How::Timeout, CloseReason::None, "half_open_expired",
     "handshake never completed", "SYN,ACK unanswered to the last repetition, RFC 9293 3.8.3",
     "The client's SYN was forged, or our SYN,ACK does not reach it: check the route back."},
    {CloseRule::HalfOpenReset, Who::Peer, How::Reset, CloseReason::None, "half_open_reset",
     "handshake broken off by the peer", "RST to our SYN,ACK, RFC 9293 3.10.7.4",
     "The client gave up or was only looking (a port scan)."},
    {CloseRule::HalfOpenSyn, Who::Peer, How::Dropped, CloseReason::None, "half_open_syn",
     "handshake started over by the peer", "SYN in SYN-RECEIVED, RFC 9293 3.10.7.4", ""},
    {CloseRule::HalfOpenRefused, Who::Policy, How::Refused, CloseReason::None, "half_open_refused",
     "handshake refused at its end, the listener is full", "max_connections and when_full of the listener",
     "Raise max_connections of the listener if there is room for more."},
    {CloseRule::HalfOpenUnreachable, Who::Network, How::Unreachable, CloseReason::None, "half_open_unreachable",
     "handshake broken off, the network says unreachable", "hard ICMP error to our SYN,ACK, RFC 5927 5.2",
     "A router or the client's host refuses our SYN,ACK: check the route back."},
}};

constexpr bool in_order() noexcept {
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (kRules[i].rule != static_cast<CloseRule>(i) || kRules[i].name.empty() || kRules[i].words.empty()) return false;
  return true;
}
static_assert(in_order(), "one row per rule, in the order of the enum");

}  // namespace

std::string_view to_string(Who who) noexcept {
  constexpr std::array<std::string_view, 7> kWords = {"nobody",  "our application", "the peer", "both sides",
                                                      "network", "policy",          "a timer"};
  return kWords[static_cast<std::size_t>(who)];
}

std::string_view to_string(How how) noexcept {
  constexpr std::array<std::string_view, 7> kWords = {"open",    "FIN",         "RST",    "refused",
                                                      "timeout", "unreachable", "dropped"};
  return kWords[static_cast<std::size_t>(how)];
}

const CloseRuleInfo& info(CloseRule rule) noexcept {
  const auto index = static_cast<std::size_t>(rule);
  return kRules[index < kRules.size() ? index : 0];
}

std::optional<CloseRule> close_rule_from(std::string_view name) noexcept {
  for (const CloseRuleInfo& row : kRules)
    if (row.name == name) return row.rule;
  return std::nullopt;
}

bool is_normal(CloseRule rule) noexcept { return info(rule).how == How::Fin || rule == CloseRule::AppCheck; }

}  // namespace millrace::tcp
