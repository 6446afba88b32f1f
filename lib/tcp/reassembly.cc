// The tree of out-of-order slices (RFC 9293 3.10.7.4) and the SACK blocks over it (RFC 2018 4: the block with the
// newest segment first). What came twice is kept once and reported (dsack.h). Memory is bounded by the receive budget;
// what exceeds it is dropped, and the peer sends it again.
#include "tcp/reassembly.h"

#include <algorithm>
#include <new>

#include "tcp/dsack.h"
#include "tcp/env.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp {
namespace {

static_assert(sizeof(ReassemblyNode) <= sizeof(pkt::PacketMeta::tree_hook));

ReassemblyNode& node_of(pkt::Packet& packet) noexcept {
  return *::new (static_cast<void*>(packet.meta().tree_hook)) ReassemblyNode;
}

/// The node lies within the meta.
pkt::Packet& packet_of(const ReassemblyNode& node) noexcept {
  auto* meta = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(&node)) - offsetof(pkt::PacketMeta, tree_hook);
  return pkt::Packet::of(*reinterpret_cast<pkt::PacketMeta*>(meta));
}

SeqNum begin_of(const ReassemblyNode& node) noexcept { return SeqNum{packet_of(node).meta().seq}; }
SeqNum end_of(const ReassemblyNode& node) noexcept { return begin_of(node) + packet_of(node).meta().slice_length; }

void trim_slice_front(pkt::Packet& packet, std::uint32_t n) noexcept {
  auto& meta = packet.meta();
  meta.slice_offset = static_cast<std::uint16_t>(meta.slice_offset + n);
  meta.slice_length = static_cast<std::uint16_t>(meta.slice_length - n);
  meta.seq += n;
}

void remove(Reassembly& r, Reassembly::Tree::iterator at, Env& env) noexcept {
  pkt::Packet& packet = packet_of(*at);
  r.bytes -= packet.meta().slice_length;
  r.truesize -= packet.truesize();
  env.count.receive_memory.sub(packet.truesize());
  r.slices.erase(at);
  packet.free();
}

/// What of a segment was there already: the first contiguous part, for no more is reported (RFC 2883 4).
struct Duplicate {
  SeqNum left, right;

  /// Parts come in order.
  void add(SeqNum from, SeqNum to) noexcept {
    if (left == right) left = right = from;
    if (from == right) right = to;
  }
};

/// Puts one slice into the tree: it is cut where it overlaps others and replaces those that it covers. Frees the packet
/// when nothing of it is new.
void insert_slice(Reassembly& r, pkt::Packet& packet, Duplicate& duplicate, Env& env) noexcept {
  auto& meta = packet.meta();
  ReassemblyNode& node = node_of(packet);
  auto after = r.slices.upper_bound(node);
  if (after != r.slices.begin()) {
    const SeqNum covered = end_of(*std::prev(after));
    if (covered > SeqNum{meta.seq}) {
      const std::uint32_t overlap = std::min<std::uint32_t>(covered - SeqNum{meta.seq}, meta.slice_length);
      duplicate.add(SeqNum{meta.seq}, SeqNum{meta.seq} + overlap);
      trim_slice_front(packet, overlap);
    }
  }
  SeqNum end = SeqNum{meta.seq} + meta.slice_length;
  while (after != r.slices.end() && end_of(*after) <= end) {
    duplicate.add(begin_of(*after), end_of(*after));
    remove(r, after++, env);
  }
  if (after != r.slices.end() && begin_of(*after) < end) {
    const SeqNum begin = max(begin_of(*after), SeqNum{meta.seq});
    duplicate.add(begin, end);
    meta.slice_length = static_cast<std::uint16_t>(begin - SeqNum{meta.seq});
  }
  if (meta.slice_length == 0) {
    packet.free();
    return;
  }
  r.bytes += meta.slice_length;
  r.truesize += packet.truesize();
  env.count.receive_memory.add(packet.truesize());
  r.slices.insert(after, node);
}

/// The block with the newest segment goes first; blocks that it touches melt into it.
void report_block(Reassembly& r, SeqNum left, SeqNum right) noexcept {
  std::array<wire::SackBlock, wire::kMaxSackBlocks> kept{};
  std::uint8_t count = 0;
  for (std::uint8_t i = 0; i < r.block_count; ++i) {
    const wire::SackBlock& block = r.blocks[i];
    if (block.left <= right && left <= block.right) {
      left = min(left, block.left);
      right = max(right, block.right);
    } else {
      kept[count++] = block;
    }
  }
  r.blocks[0] = {left, right};
  r.block_count = 1;
  for (std::uint8_t i = 0; i < count && r.block_count < wire::kMaxSackBlocks; ++i) r.blocks[r.block_count++] = kept[i];
}

/// Forgets blocks that RCV.NXT has passed.
void trim_blocks(Reassembly& r, SeqNum rcv_nxt) noexcept {
  std::uint8_t count = 0;
  for (std::uint8_t i = 0; i < r.block_count; ++i)
    if (r.blocks[i].right > rcv_nxt) r.blocks[count++] = r.blocks[i];
  r.block_count = count;
}

/// Forgets what blocks say of numbers from `end` on.
void cut_blocks(Reassembly& r, SeqNum end) noexcept {
  std::uint8_t count = 0;
  for (std::uint8_t i = 0; i < r.block_count; ++i)
    if (r.blocks[i].left < end) r.blocks[count++] = {r.blocks[i].left, min(r.blocks[i].right, end)};
  r.block_count = count;
}

Reassembly* find_or_take(Tcb& tcb, Env& env) noexcept {
  if (tcb.reassembly == base::kNoIndex) tcb.reassembly = env.reassemblies.take();
  return tcb.reassembly == base::kNoIndex ? nullptr : &env.reassemblies[tcb.reassembly];
}

}  // namespace

bool BySeq::operator()(const ReassemblyNode& a, const ReassemblyNode& b) const noexcept {
  return begin_of(a) < begin_of(b);
}

Outcome keep_out_of_order(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (env.pressure >= Pressure::Syns) {  // RFC 2018 8 allows it: the sender keeps what is not acknowledged
    drop_reassembly(tcb, env);
    return Outcome::DroppedMemory;
  }
  Reassembly* r = find_or_take(tcb, env);
  if (r == nullptr) return Outcome::DroppedMemory;
  if (seg.len > 0 && !fits_receive_budget(tcb, seg.packet->truesize(), env)) {
    if (r->slices.empty() && !r->has_fin) drop_reassembly(tcb, env);
    return Outcome::DroppedMemory;
  }
  if (seg.ctl.fin()) {
    r->has_fin = true;
    r->fin_seq = seg.seq + seg.len;
  }
  if (seg.len > 0) {
    report_block(*r, seg.seq, seg.seq + seg.len);
    Duplicate duplicate;
    std::uint32_t seq = seg.seq.raw();
    for_each_slice(seg, [&](pkt::Packet& slice) {
      slice.meta().seq = seq;
      seq += slice.meta().slice_length;
      insert_slice(*r, slice, duplicate, env);
    });
    note_duplicate_text(tcb, duplicate.left, duplicate.right, env);
  }
  return Outcome::Queued;
}

bool give_up_out_of_order(Tcb& tcb, std::uint32_t more, Env& env) noexcept {
  if (tcb.reassembly == base::kNoIndex) return false;
  Reassembly& r = env.reassemblies[tcb.reassembly];
  // RFC 2018 8 allows it: the sender keeps what is not acknowledged.
  while (!r.slices.empty() && !fits_receive_budget(tcb, more, env)) {
    const auto farthest = std::prev(r.slices.end());
    cut_blocks(r, begin_of(*farthest));
    remove(r, farthest, env);
    ++env.count.reassembly_given_up;
  }
  return fits_receive_budget(tcb, more, env);
}

bool deliver_contiguous(Tcb& tcb, Env& env) noexcept {
  if (tcb.reassembly == base::kNoIndex) return false;
  Reassembly& r = env.reassemblies[tcb.reassembly];
  while (!r.slices.empty() && begin_of(*r.slices.begin()) <= tcb.rcv_nxt) {
    pkt::Packet& packet = packet_of(*r.slices.begin());
    r.slices.erase(r.slices.begin());
    r.bytes -= packet.meta().slice_length;
    r.truesize -= packet.truesize();
    env.count.receive_memory.sub(packet.truesize());
    const SeqNum seq{packet.meta().seq};
    const std::uint32_t known = std::min<std::uint32_t>(tcb.rcv_nxt - seq, packet.meta().slice_length);
    note_more_duplicate_text(tcb, seq, seq + known, env);
    if (known == packet.meta().slice_length) {
      packet.free();
      continue;
    }
    trim_slice_front(packet, known);
    tcb.rcv_nxt += packet.meta().slice_length;
    append_to_receive_queue(tcb, packet, env);
  }
  trim_blocks(r, tcb.rcv_nxt);
  const bool fin_reached = r.has_fin && r.fin_seq == tcb.rcv_nxt;
  if (r.slices.empty() && (fin_reached || !r.has_fin)) drop_reassembly(tcb, env);
  return fin_reached;
}

void drop_reassembly(Tcb& tcb, Env& env) noexcept {
  if (tcb.reassembly == base::kNoIndex) return;
  Reassembly& r = env.reassemblies[tcb.reassembly];
  while (!r.slices.empty()) remove(r, r.slices.begin(), env);
  env.reassemblies.give_back(tcb.reassembly);
  tcb.reassembly = base::kNoIndex;
}

std::uint8_t sack_blocks(const Tcb& tcb, const Env& env,
                         std::array<wire::SackBlock, wire::kMaxSackBlocks>& out) noexcept {
  if (!tcb.has(kSackPermitted) || tcb.reassembly == base::kNoIndex) return 0;
  const Reassembly& r = env.reassemblies[tcb.reassembly];
  out = r.blocks;
  return r.block_count;
}

std::uint32_t reassembly_truesize(const Tcb& tcb, const Env& env) noexcept {
  return tcb.reassembly == base::kNoIndex ? 0 : env.reassemblies[tcb.reassembly].truesize;
}

}  // namespace millrace::tcp
