// RFC 2883 4: reported once, in the first block; if it lies beyond the cumulative ACK, the second block is the one that
// contains it, as the newest block is anyway. Of several duplicates in one burst one is reported, of several in one
// segment the first.
#include "tcp/dsack.h"

#include <algorithm>

#include "tcp/env.h"
#include "tcp/reassembly.h"

namespace millrace::tcp {
namespace {

const RarePart* due(const Tcb& tcb, const Env& env) noexcept {
  if (tcb.rare == base::kNoIndex) return nullptr;
  const RarePart& rare = env.table.rare_parts[tcb.rare];
  return rare.duplicate_left == rare.duplicate_right ? nullptr : &rare;
}

}  // namespace

void note_duplicate_text(Tcb& tcb, SeqNum left, SeqNum right, Env& env) noexcept {
  if (!tcb.has(kSackPermitted) || left == right) return;
  RarePart& rare = env.table.rare_part(tcb);
  rare.duplicate_left = left;
  rare.duplicate_right = right;
  ++env.count.duplicates_received;
}

void note_more_duplicate_text(Tcb& tcb, SeqNum left, SeqNum right, Env& env) noexcept {
  if (due(tcb, env) == nullptr) return note_duplicate_text(tcb, left, right, env);
  RarePart& rare = env.table.rare_parts[tcb.rare];
  if (left == rare.duplicate_right) rare.duplicate_right = right;
}

std::uint8_t sack_option(const Tcb& tcb, const Env& env,
                         std::array<wire::SackBlock, wire::kMaxSackBlocks>& out) noexcept {
  const std::uint8_t count = sack_blocks(tcb, env, out);
  const RarePart* const rare = due(tcb, env);
  if (rare == nullptr) return count;
  std::rotate(out.begin(), out.end() - 1, out.end());
  out[0] = {rare->duplicate_left, rare->duplicate_right};
  return static_cast<std::uint8_t>(std::min<std::size_t>(count + std::size_t{1}, out.size()));
}

void duplicate_reported(const Tcb& tcb, Env& env) noexcept {
  if (due(tcb, env) == nullptr) return;
  RarePart& rare = env.table.rare_parts[tcb.rare];
  rare.duplicate_left = rare.duplicate_right;
}

}  // namespace millrace::tcp
