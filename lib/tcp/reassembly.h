// Segments that arrived out of order, kept until the hole before them is filled (RFC 9293 3.10.7.4, SHLD-31), and the
// SACK blocks that tell the sender about them (RFC 2018).
//
// A red-black tree over the packets themselves, ordered by sequence number; the tree's links lie in PacketMeta, so
// holes in any number cost no memory of their own. Of overlapping copies either may stay. One Reassembly is taken
// from a slab when the first hole appears and given back when the last is filled.
#pragma once

#include <array>
#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "pkt/packet.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Lies in PacketMeta::tree_hook while the packet is in a tree.
struct ReassemblyNode : boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>,
                                                        boost::intrusive::link_mode<boost::intrusive::normal_link>> {};

struct BySeq {
  bool operator()(const ReassemblyNode& a, const ReassemblyNode& b) const noexcept;
};

struct Reassembly {
  using Tree = boost::intrusive::set<ReassemblyNode, boost::intrusive::compare<BySeq>,
                                     boost::intrusive::constant_time_size<false>>;
  Tree slices;
  std::uint32_t bytes = 0;
  std::uint32_t truesize = 0;
  bool has_fin = false;
  SeqNum fin_seq;  ///< where the FIN stands, if has_fin
  std::uint8_t block_count = 0;
  std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks;  ///< most recent first (RFC 2018 4)
};

/// Keeps the text (and FIN) of a segment that starts beyond RCV.NXT and lies in the window. Takes seg.packet when it
/// returns Queued. DroppedMemory when the receive budget or the slab is used up; when packets are short, what was kept
/// goes too.
enum class Outcome : std::uint8_t;
[[nodiscard]] Outcome keep_out_of_order(Tcb& tcb, Segment& seg, Env& env) noexcept;

/// Text in order needs `more` bytes of real memory: gives up text out of order, the farthest first, until that fits the
/// receive budget. False when it does not fit even so.
[[nodiscard]] bool give_up_out_of_order(Tcb& tcb, std::uint32_t more, Env& env) noexcept;

/// RCV.NXT has moved: delivers what has become contiguous. True when a kept FIN is reached.
[[nodiscard]] bool deliver_contiguous(Tcb& tcb, Env& env) noexcept;

/// Gives all packets and the Reassembly back.
void drop_reassembly(Tcb& tcb, Env& env) noexcept;

/// The blocks for the next ACK; count returned, 0 without holes.
std::uint8_t sack_blocks(const Tcb& tcb, const Env& env,
                         std::array<wire::SackBlock, wire::kMaxSackBlocks>& out) noexcept;

/// Real memory held out of order.
[[nodiscard]] std::uint32_t reassembly_truesize(const Tcb& tcb, const Env& env) noexcept;

}  // namespace millrace::tcp
