// RFC 1191 5, 6 and 7.1; RFC 8201 4; RFC 4821 7.3 and 7.7. An error lowers the size only, never below what the Internet
// carries (552 for IPv4 as Linux has it; 1280 for IPv6, where less is not believed), and only if it quotes what is
// outstanding. The window is not reduced: a packet too big says nothing about congestion.
#include "tcp/path_mtu.h"

#include <algorithm>
#include <array>

#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// RFC 1191 table 7-1, largest first; what is below the floor is left out.
constexpr std::array<std::uint16_t, 9> kPlateaus = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 552};
constexpr std::uint16_t kFloorV4 = 552;
constexpr std::uint16_t kFloorV6 = 1280;
/// RFC 4821 7.7: the size to fall back to first.
constexpr std::uint16_t kSafeV4 = 1024;
/// Timeouts in a row that make a hole suspect; as many again for the next step.
constexpr std::uint8_t kTimeoutsPerStep = 3;

std::uint16_t mtu_of(const Tcb& tcb) noexcept {
  return static_cast<std::uint16_t>(tcb.smss + fixed_headers(tcb.is_v4()));
}

std::uint16_t floor_of(const Tcb& tcb) noexcept { return tcb.is_v4() ? kFloorV4 : kFloorV6; }

void lower_to(Tcb& tcb, std::uint16_t mtu, Env& env) noexcept {
  if (!tcb.has(kSmallerMss)) env.table.rare_part(tcb).full_smss = tcb.smss;
  tcb.set(kSmallerMss);
  tcb.smss = static_cast<std::uint16_t>(mtu - fixed_headers(tcb.is_v4()));
  set_deadline(tcb, &RarePart::full_size_at, env.now + Paths::kPathMtuAge, env);
}

/// What a black hole may let through; 0 when there is nothing smaller to try.
std::uint16_t next_step(const Tcb& tcb) noexcept {
  const std::uint16_t mtu = mtu_of(tcb);
  if (tcb.is_v4() && mtu > kSafeV4) return kSafeV4;
  return mtu > floor_of(tcb) ? floor_of(tcb) : 0;
}

}  // namespace

bool packet_too_big(Tcb& tcb, SeqNum quoted_seq, std::uint32_t mtu, Env& env) noexcept {
  if (!wire::in_window(quoted_seq, tcb.snd_una, tcb.flight_size())) return false;
  // RFC 8201 4: discarded. An IPv6 router always tells, and every link carries more.
  if (!tcb.is_v4() && mtu < kFloorV6) return false;
  // No SYN is larger than the floor; but its text may be (Fast Open), and what follows it. The SYN goes again without.
  if (!tcb.syn_acked()) {
    const std::uint32_t believed = std::max<std::uint32_t>(mtu, floor_of(tcb));
    if (tcb.flight_size() > 1 && believed < env.mtu)
      env.paths.set_mtu(tcb.key.remote_address, static_cast<std::uint16_t>(believed), env.now);
    return true;
  }
  const std::uint16_t now = mtu_of(tcb);
  if (mtu == 0) mtu = plateau_below(now);
  mtu = std::max<std::uint32_t>(mtu, floor_of(tcb));
  if (mtu >= now) return true;
  lower_to(tcb, static_cast<std::uint16_t>(mtu), env);
  env.paths.set_mtu(tcb.key.remote_address, static_cast<std::uint16_t>(mtu), env.now);
  ++env.count.path_mtu_lowered;
  recovery_on_too_big(tcb, quoted_seq, env);
  start_retransmission_timer(tcb, env);
  owe(tcb, kOweData, env);
  return true;
}

void look_for_black_hole(Tcb& tcb, Env& env) noexcept {
  if (tcb.rtt.backoff % kTimeoutsPerStep != 0 || tcb.flight_size() < payload_limit(tcb)) return;
  const std::uint16_t mtu = next_step(tcb);
  if (mtu == 0) return;
  lower_to(tcb, mtu, env);
  ++env.count.black_holes;
}

void try_full_size(Tcb& tcb, Env& env) noexcept {
  const std::uint16_t headers = fixed_headers(tcb.is_v4());
  const std::uint16_t full = env.table.rare_part(tcb).full_smss;
  const std::uint16_t path = env.paths.mtu(tcb.key.remote_address, env.mtu, env.now);
  tcb.smss = std::min<std::uint16_t>(full, static_cast<std::uint16_t>(path - headers));
  // A window below one segment would send nothing.
  set_window_of(tcb, std::max<std::uint32_t>(window_of(tcb, env.table), tcb.smss), env);
  if (tcb.smss == full) {
    tcb.clear(kSmallerMss);
    ++env.count.path_mtu_restored;
  } else {  // another connection has learned of it since
    set_deadline(tcb, &RarePart::full_size_at, env.now + Paths::kPathMtuAge, env);
  }
}

std::uint16_t plateau_below(std::uint16_t mtu) noexcept {
  const auto* const below =
      std::find_if(kPlateaus.begin(), kPlateaus.end(), [mtu](std::uint16_t p) { return p < mtu; });
  return below == kPlateaus.end() ? kPlateaus.back() : *below;
}

}  // namespace millrace::tcp
