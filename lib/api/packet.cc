// A packet that the application gets or gives is unchained and its data area is its payload; in a queue the same bytes
// are a slice.
#include "api/packet.h"

#include "api/connection.h"
#include "api/shard.h"
#include "stack/shard.h"
#include "tcp/user_calls.h"

namespace millrace::api {

PacketRef Shard::allocate_packet() noexcept { return PacketRef{shard_->env().data.alloc()}; }

PacketRef Shard::share_packet(PacketRef& packet) noexcept {
  return PacketRef{shard_->env().control.alloc_indirect(*packet.get(), packet->headroom(), packet->length())};
}

bool Connection::send_packet(PacketRef& packet) noexcept {
  if (!packet || !packet->contiguous() || packet->length() == 0) return false;
  tcp::Tcb* tcb = shard_ == nullptr ? nullptr : shard_->find(id_);
  if (tcb == nullptr) return false;
  packet->data_to_slice();
  packet->forget_sum();  // the application may have written there
  if (!tcp::send_packet(*tcb, *packet.get(), shard_->env())) return false;
  (void)packet.release();
  return true;
}

PacketRef Connection::take_packet() noexcept {
  tcp::Tcb* tcb = shard_ == nullptr ? nullptr : shard_->find(id_);
  return PacketRef{tcb == nullptr ? nullptr : tcp::take_packet(*tcb, shard_->env())};
}

}  // namespace millrace::api
