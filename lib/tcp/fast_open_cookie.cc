// 8 bytes of SipHash-2-4, as other stacks have them: short enough for every SYN, and too many to guess. The input has a
// length of its own, so that no SYN cookie under the same root is one of these.
#include "tcp/fast_open_cookie.h"

#include <cstring>
#include <span>
#include <type_traits>

namespace millrace::tcp {
namespace {

struct CookieInput {
  std::array<std::uint8_t, 16> client;
  std::uint64_t period;
};
static_assert(std::has_unique_object_representations_v<CookieInput>);

std::uint64_t secret_period(Time now) noexcept {
  return static_cast<std::uint64_t>(now.time_since_epoch() / kFastOpenPeriod);
}

wire::FastOpenCookie cookie_of(const CookieInput& input, const base::SipKey& secret) noexcept {
  const std::uint64_t hash = base::siphash24(secret, std::as_bytes(std::span{&input, 1}));
  wire::FastOpenCookie cookie;
  cookie.length = sizeof hash;
  std::memcpy(cookie.bytes.data(), &hash, sizeof hash);
  return cookie;
}

}  // namespace

wire::FastOpenCookie make_fast_open_cookie(const std::array<std::uint8_t, 16>& client, Time now,
                                           const base::SipKey& secret) noexcept {
  return cookie_of({client, secret_period(now)}, secret);
}

CookieAge judge_fast_open_cookie(const wire::FastOpenCookie& cookie, const std::array<std::uint8_t, 16>& client,
                                 Time now, const base::SipKey& secret) noexcept {
  const std::uint64_t period = secret_period(now);
  if (cookie == cookie_of({client, period}, secret)) return CookieAge::Current;
  return cookie == cookie_of({client, period - 1}, secret) ? CookieAge::Previous : CookieAge::Wrong;
}

}  // namespace millrace::tcp
