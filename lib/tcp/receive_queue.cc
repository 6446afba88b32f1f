// From real memory to the window field. A window is promised as if every segment filled its buffer, the budget is twice
// that, so full-sized or half-filled segments both fit. Receiver's silly-window avoidance: RFC 9293 3.8.6.2.2; scaling:
// RFC 7323 2.3, where a promise is rounded up and growth down.
#include "tcp/receive_queue.h"

#include <algorithm>

#include "tcp/buffer_memory.h"
#include "tcp/env.h"

namespace millrace::tcp {
namespace {

/// Short of packets, the right edge moves only for readers who keep up: they give every buffer back at once. Before the
/// pool runs dry it moves for nobody; what finds its window shut asks by probes when it may move again.
bool edge_may_move(const Tcb& tcb, const Env& env) noexcept {
  return env.pressure == Pressure::None || (env.pressure != Pressure::Dry && receive_memory_held(tcb, env) == 0);
}

}  // namespace

std::uint32_t receive_memory_held(const Tcb& tcb, const Env& env) noexcept {
  return tcb.rcv_queue.truesize() + reassembly_truesize(tcb, env);
}

bool fits_receive_budget(const Tcb& tcb, std::uint32_t more, const Env& env) noexcept {
  const std::uint64_t now = receive_memory_held(tcb, env);
  return now == 0 || now + more <= 2 * std::uint64_t{tcb.rcv_buffer};
}

void append_to_receive_queue(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept {
  const QueueGauge gauge{tcb.rcv_queue, env.count.receive_memory};
  const auto text = packet.slice();
  tcb.bytes_in += text.size();
  if (text.size() < kCompactBelow && tcb.rcv_queue.append_compact(text)) {
    env.count.compacted_bytes.add(text.size());
    packet.free();
    return;
  }
  tcb.rcv_queue.push_back(packet);
}

pkt::Packet* pop_receive_queue(Tcb& tcb, Env& env) noexcept {
  const QueueGauge gauge{tcb.rcv_queue, env.count.receive_memory};
  return tcb.rcv_queue.pop_front();
}

void drop_from_receive_queue(Tcb& tcb, std::uint32_t n, Env& env) noexcept {
  const QueueGauge gauge{tcb.rcv_queue, env.count.receive_memory};
  tcb.rcv_queue.drop_front(std::min(n, tcb.rcv_queue.bytes()));
}

void clear_receive_queue(Tcb& tcb, Env& env) noexcept {
  const QueueGauge gauge{tcb.rcv_queue, env.count.receive_memory};
  tcb.rcv_queue.clear();
}

std::uint32_t free_window(const Tcb& tcb, const Env& env) noexcept {
  const std::uint32_t used = receive_memory_held(tcb, env);
  if (used >= tcb.rcv_buffer) return 0;
  // A full-sized segment of rmss bytes costs one whole buffer.
  const std::uint64_t buffer_cost = env.data.packet_truesize();
  return static_cast<std::uint32_t>(std::uint64_t{tcb.rcv_buffer - used} * tcb.rmss /
                                    std::max<std::uint64_t>(buffer_cost, tcb.rmss));
}

std::uint16_t promised_field(const Tcb& tcb, unsigned shift) noexcept {
  const std::uint32_t unit = 1u << shift;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>((tcb.rcv_wnd() + unit - 1) >> shift, 0xffff));
}

std::uint16_t advertise_window(Tcb& tcb, const Env& env, bool syn) noexcept {
  const unsigned shift = syn ? 0 : tcb.rcv_wscale;
  const std::uint32_t promised = tcb.rcv_wnd();
  std::uint32_t window = promised;
  if (edge_may_move(tcb, env)) {
    const std::uint32_t possible = free_window(tcb, env);
    const std::uint32_t step = std::min<std::uint32_t>(tcb.rcv_buffer / 2, tcb.rmss);
    if (possible >= promised + step) window = possible;
  }
  const std::uint32_t keep = promised_field(tcb, shift);
  const std::uint32_t field = std::min<std::uint32_t>(std::max(window >> shift, keep), 0xffff);
  tcb.rcv_adv = max(tcb.rcv_adv, tcb.rcv_nxt + (field << shift));
  return static_cast<std::uint16_t>(field);
}

void window_opened(Tcb& tcb, Env& env) noexcept {
  if (!tcb.receiving() || !edge_may_move(tcb, env)) return;
  const std::uint32_t possible = free_window(tcb, env);
  const std::uint32_t promised = tcb.rcv_wnd();
  const std::uint32_t step = std::min<std::uint32_t>(2u * tcb.rmss, tcb.rcv_buffer / 2);
  if (possible < promised + step) return;
  // While half of it is open nobody waits for more, and the news of a small request can travel with its answer. But
  // behind a full segment more may wait for the ACK (RFC 896).
  const bool half_shut = possible / 2 >= promised;
  if (half_shut || tcb.rcv_nxt - tcb.last_ack_sent >= tcb.rmss - tcb.option_bytes()) owe(tcb, kOweAck, env);
}

std::uint8_t window_shift(std::uint32_t rcv_buffer) noexcept {
  std::uint8_t shift = 0;
  while (shift < 14 && (rcv_buffer >> shift) > 0xffff) ++shift;
  return shift;
}

}  // namespace millrace::tcp
