// Blocks are believed if they lie within what is outstanding. What the ACK before reported is passed over, so a long
// hole costs no walk per ACK; the rest is taken in ascending order, as RACK's look at reordering wants it (RFC 8985 6.2
// step 3). A block that ends within a segment splits its record, within bounds.
#include "tcp/sack.h"

#include <algorithm>

#include "tcp/ack_news.h"
#include "tcp/env.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"

namespace millrace::tcp {
namespace {

using wire::SackBlock;

/// RFC 2883 4: the first block reports a duplicate if it lies below the cumulative ACK, or within the second block.
bool is_dsack(const Segment& seg) noexcept {
  const SackBlock& first = seg.options.sack[0];
  if (first.right <= seg.ack) return true;
  if (seg.options.sack_count < 2) return false;
  const SackBlock& second = seg.options.sack[1];
  return first.left >= second.left && first.right <= second.right;
}

/// A D-SACK about what we can't have sent lately is none of ours (RFC 5961 5 in spirit).
bool dsack_plausible(const Tcb& tcb, const SackBlock& block) noexcept {
  return block.left < block.right && block.right <= tcb.snd_nxt && block.left >= tcb.snd_una - tcb.max_snd_wnd;
}

bool block_plausible(const Tcb& tcb, const SackBlock& block) noexcept {
  return block.left < block.right && block.left >= tcb.snd_una && block.right <= tcb.snd_nxt;
}

/// What the ACK before said already needs no walk: long holes make long blocks, and they grow at their ends.
SackBlock news_of(const Sender& sender, SackBlock block) noexcept {
  for (const SackBlock& known : sender.known_blocks) {
    if (known.left <= block.left && block.left < known.right) block.left = min(known.right, block.right);
    if (known.left < block.right && block.right <= known.right) block.right = max(known.left, block.left);
  }
  return block;
}

/// Blocks that end within segments are rare, save from a peer that wants to use up the records.
bool may_split(const Tcb& tcb, const Sender& sender, const Env& env) noexcept {
  const SentSlab& slab = env.table.sent_segments;
  const std::uint32_t usual = tcb.flight_size() / payload_limit(tcb);
  return sender.sent.segments() <= 2 * usual + 16 && slab.capacity() - slab.used() > slab.capacity() / 16;
}

/// Cuts the segment at `at`, within its text. False: it stays whole, and counts as not SACKed.
bool cut_at(const Tcb& tcb, Sender& sender, SentSegment& segment, SeqNum at, const Env& env) noexcept {
  const std::uint32_t length = at - segment.seq;
  return length < segment.length && may_split(tcb, sender, env) &&
         sender.sent.split(segment, static_cast<std::uint16_t>(length));
}

/// Takes [block.left, block.right) segment by segment.
void mark_block(Tcb& tcb, Sender& sender, const SackBlock& block, AckNews& news, Env& env) noexcept {
  SentSegment* segment = sender.sent.find(block.left);
  if (segment != nullptr && segment->seq < block.left) {
    if (!segment->sacked()) (void)cut_at(tcb, sender, *segment, block.left, env);
    segment = sender.sent.next(*segment);
  }
  for (; segment != nullptr && segment->seq < block.right; segment = sender.sent.next(*segment)) {
    if (segment->sacked()) continue;
    if (segment->end() > block.right && !cut_at(tcb, sender, *segment, block.right, env)) return;
    note_delivered(tcb, sender, *segment, segment->seg_len(), news, env);
    news.sacked += segment->seg_len();
    sender.sent.mark_sacked(*segment);
  }
}

}  // namespace

void take_sack(Tcb& tcb, Sender& sender, const Segment& seg, AckNews& news, Env& env) noexcept {
  if (seg.options.sack_count == 0 && sender.known_blocks[0] == SackBlock{}) return;
  std::array<SackBlock, wire::kMaxSackBlocks> blocks = seg.options.sack;
  std::size_t count = seg.options.sack_count, first = 0;
  if (count > 0 && is_dsack(seg)) {
    first = 1;
    if (dsack_plausible(tcb, blocks[0])) {
      news.dsack = true;
      ++env.count.dsacks_received;
      if (sender.dsacks < 0xffff) ++sender.dsacks;
      undo_on_dsack(tcb, sender, blocks[0]);
    }
  }
  std::sort(blocks.begin() + first, blocks.begin() + count,
            [&tcb](const SackBlock& a, const SackBlock& b) { return a.left - tcb.snd_una < b.left - tcb.snd_una; });
  for (std::size_t i = first; i < count; ++i) {
    if (!block_plausible(tcb, blocks[i])) continue;
    const SackBlock block = news_of(sender, blocks[i]);
    if (block.left < block.right) mark_block(tcb, sender, block, news, env);
  }
  sender.known_blocks = blocks;
  if (count < blocks.size()) std::fill(sender.known_blocks.begin() + count, sender.known_blocks.end(), SackBlock{});
}

}  // namespace millrace::tcp
