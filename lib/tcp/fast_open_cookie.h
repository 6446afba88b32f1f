// The server's cookies of TCP Fast Open (RFC 7413 4.1.2): proof that a client has lately received what was sent to its
// address.
//
// A cookie is a keyed hash of that address, which says the IP version too, and of a period: each period has a secret of
// its own, drawn from one root, so all shards have the same without a word. Who asks for a cookie and what one is good
// for is decided in fast_open_server.
#pragma once

#include <array>
#include <cstdint>

#include "base/siphash.h"
#include "base/time.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

/// How long the secret of new cookies lives; they are good in this period and in the next.
inline constexpr Duration kFastOpenPeriod = hours{4};

enum class CookieAge : std::uint8_t {
  Wrong,     ///< not ours, not this client's, or too old
  Previous,  ///< good, and to be replaced
  Current,
};

[[nodiscard]] wire::FastOpenCookie make_fast_open_cookie(const std::array<std::uint8_t, 16>& client, Time now,
                                                         const base::SipKey& secret) noexcept;
[[nodiscard]] CookieAge judge_fast_open_cookie(const wire::FastOpenCookie& cookie,
                                               const std::array<std::uint8_t, 16>& client, Time now,
                                               const base::SipKey& secret) noexcept;

}  // namespace millrace::tcp
