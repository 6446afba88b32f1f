// A server that was asked in vain, did not take the text or lost the SYN is remembered (RFC 7413 4.1.3.1): the next
// connections are ordinary ones for a while. Text on a SYN is one segment of what the server announced when it gave the
// cookie (4.2.1), less the SYN's options.
#include "tcp/fast_open_client.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/send_queue.h"
#include "tcp/user_calls.h"

namespace millrace::tcp {
namespace {

FastOpenStep step_of(const Tcb& tcb, const Env& env) noexcept {
  return tcb.rare == base::kNoIndex ? FastOpenStep::None : env.table.rare_parts[tcb.rare].fast_open;
}

bool is_out(FastOpenStep step) noexcept { return step == FastOpenStep::Asked || step == FastOpenStep::Sent; }

/// The SYN was lost, or somebody on the way dislikes it.
void note_failure(Tcb& tcb, Env& env) noexcept {
  if (!is_out(step_of(tcb, env))) return;
  env.table.rare_part(tcb).fast_open = FastOpenStep::Failed;
  env.paths.fast_open().failed(tcb.key, env.now);
  ++env.count.fast_open_fallbacks;
}

std::uint32_t room_on_syn(const Tcb& tcb, std::uint16_t peer_mss, const wire::TcpHeader& header,
                          const Env& env) noexcept {
  const std::uint16_t mtu = env.paths.mtu(tcb.key.remote_address, env.mtu, env.now);
  const std::uint16_t mss = std::min(send_mss(tcb.is_v4(), peer_mss, mtu), tcb.rmss);
  const auto options = static_cast<std::uint32_t>(wire::tcp_header_size(header) - wire::kTcpMinHeader);
  return mss > options ? mss - options : 0;
}

/// The first `n` bytes of the queue have arrived; the rest counts as never sent.
void take_acknowledged(Tcb& tcb, std::uint32_t n, Env& env) noexcept {
  drop_from_send_queue(tcb, n, env);
  tcb.bytes_out += n;
  tcb.snd_una += n;
  tcb.snd_nxt = tcb.snd_una;
  if (n == 0 || !tcb.has(kWantRoom) || !ask_room(tcb, UINT32_MAX)) return;
  tcb.clear(kWantRoom);
  tell(tcb, EventKind::Writable, env);
}

}  // namespace

bool syn_may_wait(Tcb& tcb, Env& env) noexcept {
  const FastOpenCache::Answer known = env.paths.fast_open().find(tcb.key, env.now);
  if (!tcb.has(kFastOpen) || known.refused || known.cookie.length == 0) return false;
  env.table.rare_part(tcb).fast_open = FastOpenStep::Waits;
  return true;
}

bool syn_waits(const Tcb& tcb, const Env& env) noexcept { return step_of(tcb, env) == FastOpenStep::Waits; }

void end_wait_of_syn(Tcb& tcb, Env& env) noexcept {
  if (!syn_waits(tcb, env) || (tcb.snd_queue.empty() && !tcb.has(kFinQueued))) return;
  env.table.rare_part(tcb).fast_open = FastOpenStep::None;
  tcb.owed |= kOweSyn;
}

std::uint32_t put_fast_open(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept {
  if (!tcb.has(kFastOpen) || header.ctl.ack()) return 0;
  if (tcb.rtt.backoff > 0) {
    note_failure(tcb, env);
    return 0;
  }
  const FastOpenCache::Answer known = env.paths.fast_open().find(tcb.key, env.now);
  if (known.refused) return 0;
  header.options.has_fast_open = true;
  header.options.fast_open = known.cookie;
  if (known.cookie.length == 0 || tcb.has(kCorked)) return 0;
  return std::min(tcb.snd_queue.bytes(), room_on_syn(tcb, known.mss, header, env));
}

void fast_open_built(Tcb& tcb, const wire::TcpOptions& options, std::uint32_t text, Env& env) noexcept {
  if (!tcb.has(kFastOpen) || !options.has_fast_open) return;
  const bool asks = options.fast_open.length == 0;
  env.table.rare_part(tcb).fast_open = asks ? FastOpenStep::Asked : FastOpenStep::Sent;
  ++(asks ? env.count.fast_open_requests : env.count.fast_open_active);
  tcb.snd_nxt = tcb.iss + 1 + text;
}

void fast_open_answered(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  tcb.clear(kFastOpen);
  const std::uint32_t text = tcb.snd_nxt - tcb.snd_una;
  const std::uint32_t taken = std::min(seg.ack - tcb.snd_una, text);
  take_acknowledged(tcb, taken, env);
  FastOpenCache& cache = env.paths.fast_open();
  const bool given = seg.options.has_fast_open && seg.options.fast_open.length > 0;
  if (taken > 0) {
    ++env.count.fast_open_active_accepted;
    cache.worked(tcb.key, env.now);
  }
  const FastOpenStep step = step_of(tcb, env);
  const bool refused = taken == 0 && (step == FastOpenStep::Asked || (step == FastOpenStep::Sent && text > 0));
  if (refused && step == FastOpenStep::Sent) ++env.count.fast_open_fallbacks;
  if (given)
    cache.learn(tcb.key, seg.options.fast_open, seg.options.mss, env.now);
  else if (refused)
    cache.failed(tcb.key, env.now);
}

void fast_open_ended(Tcb& tcb, CloseRule rule, Env& env) noexcept {
  tcb.clear(kFastOpen);
  // Whatever said so may have disliked the SYN; what the application said tells nothing.
  if (rule == CloseRule::ConnectTimeout || rule == CloseRule::RefusedByPeer || rule == CloseRule::Unreachable)
    note_failure(tcb, env);
}

}  // namespace millrace::tcp
