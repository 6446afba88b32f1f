// RFC 9293 3.10.7.1 and its relatives: answers that need no Tcb. A full output list or an empty pool costs the answer,
// nothing else.
#include "tcp/reply.h"

#include "tcp/env.h"
#include "tcp/segment_arrives.h"

namespace millrace::tcp {

bool reply(const flow::FlowKey& key, wire::TcpHeader& header, IpChoice ip, Env& env) noexcept {
  if (env.out.room() == 0) {
    ++env.count.replies_dropped;
    return false;
  }
  pkt::Packet* packet = env.control.alloc();
  if (packet == nullptr) {
    ++env.count.replies_dropped;
    return false;
  }
  header.source_port = key.local_port;
  header.destination_port = key.remote_port;
  const auto size = static_cast<std::uint16_t>(wire::tcp_header_size(header));
  wire::build_tcp(header, {packet->append(size), size});
  env.out.push(*packet, key.remote_address, key.local_index, ip.dscp,
               ip.hop_limit != 0 ? ip.hop_limit : env.config.hop_limit);
  ++env.count.segments_sent;
  return true;
}

void reply_reset(const Segment& seg, Env& env) noexcept {
  if (seg.ctl.rst()) return;
  wire::TcpHeader header;
  if (seg.ctl.ack()) {
    header.seq = seg.ack;
    header.ctl.bits = Ctl::kRst;
  } else {
    header.seq = SeqNum{0};
    header.ack = seg.seq + seg.seg_len();
    header.ctl.bits = Ctl::kRst | Ctl::kAck;
  }
  if (reply(seg.key, header, {}, env)) ++env.count.resets_sent;
}

Outcome closed_arrives(const Segment& seg, Env& env) noexcept {
  if (seg.ctl.rst()) return Outcome::DroppedRstToNobody;
  reply_reset(seg, env);
  return Outcome::AnsweredReset;
}

}  // namespace millrace::tcp
