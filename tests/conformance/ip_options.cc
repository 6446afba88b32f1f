// Options of levels IPPROTO_IP and IPPROTO_IPV6.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void walk(Script& s, int level, int option, std::initializer_list<int> values) {
  const int c = s.client();
  s.get(c, level, option);
  for (const int value : values) {
    s.set(c, level, option, value);
    s.get(c, level, option);
  }
}

int ipv6_socket(Script& s) { return s.socket_of(AF_INET6, kNonblocking, 0); }

void walk6(Script& s, int option, std::initializer_list<int> values) {
  const int c = ipv6_socket(s);
  s.get(c, IPPROTO_IPV6, option);
  for (const int value : values) {
    s.set(c, IPPROTO_IPV6, option, value);
    s.get(c, IPPROTO_IPV6, option);
  }
}

// The two lowest bits are ECN's, which TCP keeps.
void type_of_service(Script& s) { walk(s, IPPROTO_IP, IP_TOS, {0x10, 0xb8, 0x13, 0, 256, -1}); }
void time_to_live(Script& s) { walk(s, IPPROTO_IP, IP_TTL, {1, 255, 0, 256, -1}); }
void traffic_class(Script& s) { walk6(s, IPV6_TCLASS, {0x20, 0x23, 255, 256, -1, -2}); }
void hop_limit(Script& s) { walk6(s, IPV6_UNICAST_HOPS, {1, 0, 255, 256, -1, -2}); }
void only_ipv6(Script& s) { walk6(s, IPV6_V6ONLY, {1, 0, 5}); }

void only_ipv6_once_bound(Script& s) {
  const int l = s.server("l");
  s.set(l, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  s.bind(l);
  s.set(l, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  s.get(l, IPPROTO_IPV6, IPV6_V6ONLY);
}

void mtu_when_not_connected(Script& s) {
  const int c = s.client();
  s.get(c, IPPROTO_IP, IP_MTU);
}

void mtu_cannot_be_set(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_IP, IP_MTU, 1400);
}

void mtu_when_connected(Script& s) {
  const Pair p = s.connected();
  s.call("IP_MTU is at least 552", [&](const Calls& calls) -> ssize_t {
    int value = 0;
    socklen_t length = sizeof value;
    const int result = calls.getsockopt(p.c, IPPROTO_IP, IP_MTU, &value, &length);
    return result < 0 ? result : value >= 552;
  });
}

void ip_of_short_values(Script& s) {
  const int c = s.client();
  s.set_raw(c, IPPROTO_IP, IP_TTL, "\7");
  s.get(c, IPPROTO_IP, IP_TTL);
  s.set_raw(c, IPPROTO_IP, IP_TOS, "");
  s.get_raw(c, IPPROTO_IP, IP_TTL, 1);
  s.get_raw(c, IPPROTO_IP, IP_TTL, 0);
}

void ipv6_of_short_values(Script& s) {
  const int c = ipv6_socket(s);
  s.set_raw(c, IPPROTO_IPV6, IPV6_UNICAST_HOPS, "\7");
  s.get_raw(c, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

void ipv6_options_of_an_ipv4_socket(Script& s) {
  const int c = s.client();
  s.get(c, IPPROTO_IPV6, IPV6_V6ONLY);
  s.set(c, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  s.set(c, IPPROTO_IPV6, IPV6_TCLASS, 32);
}

void ipv4_options_of_an_ipv6_socket(Script& s) {
  const int c = ipv6_socket(s);
  s.get(c, IPPROTO_IP, IP_TOS);
  s.set(c, IPPROTO_IP, IP_TTL, 9);
  s.get(c, IPPROTO_IP, IP_TTL);
}

void inherited(Script& s) {
  const int l = s.listening();
  s.set(l, IPPROTO_IP, IP_TTL, 33);
  s.set(l, IPPROTO_IP, IP_TOS, 0x20);
  const Pair p = s.join(s.client(), l);
  s.get(p.a, IPPROTO_IP, IP_TTL);
  s.get(p.a, IPPROTO_IP, IP_TOS);
}

void inherited_ipv6(Script& s) {
  const int l = s.listening();
  s.set(l, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33);
  s.set(l, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
  const Pair p = s.join(s.client(), l);
  s.get(p.a, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  s.get(p.a, IPPROTO_IPV6, IPV6_TCLASS);
}

void any_ipv6_address_takes_ipv4_too(Script& s) {
  const int l6 = s.socket_of(AF_INET6, kNonblocking, 0);
  Address any6;
  any6.storage.ss_family = AF_INET6;
  any6.length = sizeof(sockaddr_in6);
  s.bind(l6, any6);
  s.listen(l6);
  const int l4 = s.client("l4");
  s.bind(l4, s.any(s.where(l6).port()));
}

void any_ipv6_address_alone_leaves_ipv4_free(Script& s) {
  const int l6 = s.socket_of(AF_INET6, kNonblocking, 0);
  Address any6;
  any6.storage.ss_family = AF_INET6;
  any6.length = sizeof(sockaddr_in6);
  s.set(l6, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  s.bind(l6, any6);
  s.listen(l6);
  const int l4 = s.client("l4");
  s.bind(l4, s.any(s.where(l6).port()));
}

}  // namespace

std::vector<Case> ip_option_cases() {
  return {
      {"type_of_service", type_of_service},
      {"time_to_live", time_to_live},
      {"traffic_class", traffic_class},
      {"hop_limit", hop_limit},
      {"only_ipv6", only_ipv6},
      {"only_ipv6_once_bound", only_ipv6_once_bound, Versions::Ipv6},
      {"mtu_when_not_connected", mtu_when_not_connected},
      {"mtu_cannot_be_set", mtu_cannot_be_set},
      {"mtu_when_connected", mtu_when_connected},
      {"ip_of_short_values", ip_of_short_values},
      {"ipv6_of_short_values", ipv6_of_short_values},
      {"ipv6_options_of_an_ipv4_socket", ipv6_options_of_an_ipv4_socket},
      {"ipv4_options_of_an_ipv6_socket", ipv4_options_of_an_ipv6_socket},
      {"inherited", inherited},
      {"inherited", inherited_ipv6, Versions::Ipv6},
      {"any_ipv6_address_takes_ipv4_too", any_ipv6_address_takes_ipv4_too},
      {"any_ipv6_address_alone_leaves_ipv4_free", any_ipv6_address_alone_leaves_ipv4_free},
  };
}

}  // namespace millrace::conformance
