// What a passive OPEN allows (RFC 9293 3.10.7.2): whom it serves, how many at once, and what it does about floods of
// SYNs.
#pragma once

#include <cstdint>
#include <optional>

#include "tcp/access.h"
#include "tcp/user_options.h"

namespace millrace::tcp {

/// What answers a SYN: an entry of the SYN cache, or a cookie.
enum class SynCookies : std::uint8_t {
  Cache,   ///< never a cookie; a SYN that finds the cache full is dropped
  Auto,    ///< cookies while the cache is filled above the watermark
  Always,  ///< cookies only: the cache stays empty
};

/// Of one listener on one worker; the UserOptions are given to each connection that it accepts.
struct ListenOptions : UserOptions {
  std::uint32_t half_open_limit = 1024;       ///< half-open connections that are remembered (SYN cache)
  SynCookies syn_cookies = SynCookies::Auto;  ///< what answers a SYN when many are half open, or always
  std::uint8_t cookie_watermark = 75;         ///< Auto: in percent of half_open_limit, and of the shard's SYN cache
  Verdict when_full = Verdict::Drop;          ///< SYNs above max_connections: Drop (the peer tries again) or Reject
  std::uint32_t max_connections = 0;          ///< accepted and not closed; 0: as many as the table holds
  bool v6only = false;                        ///< on the address "::": IPv6 only
  /// Connections that may wait until the application takes them (api::Shard::took); nullopt: it takes each at once.
  std::optional<std::uint32_t> backlog{};
  /// TCP Fast Open (RFC 7413): connections whose SYN brought a cookie are accepted before the handshake is complete, at
  /// most so many at a time; 0: off. For requests that may arrive twice, since a SYN may.
  std::uint32_t fast_open = 0;
  AccessRules access;  ///< whom the listener serves; default: everybody
};

}  // namespace millrace::tcp
