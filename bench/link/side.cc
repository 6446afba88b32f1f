#include "side.h"

#include "wire/ethernet.h"

namespace millrace::link {

Side::Side(std::deque<io::Port>& ports) : in_(kBurst) {
  for (io::Port& port : ports) lines_.push_back({port.queue(0), {}});
}

std::span<pkt::Packet* const> Side::receive() {
  for (std::size_t tried = 0; tried < lines_.size(); ++tried) {
    const std::size_t index = turn_++ % lines_.size();
    const std::size_t count = lines_[index].queue.rx_burst(in_);
    if (count == 0) continue;
    const std::span<pkt::Packet* const> frames{in_.data(), count};
    if (lines_.size() > 1) learn(frames, static_cast<std::uint16_t>(index));
    return frames;
  }
  return {};
}

void Side::learn(std::span<pkt::Packet* const> frames, std::uint16_t port) {
  for (pkt::Packet* frame : frames)
    if (const auto header = wire::parse_ethernet(frame->bytes())) stations_.learn(header->source, port);
}

void Side::send(pkt::Packet& frame) {
  if (lines_.size() > 1) {
    const auto header = wire::parse_ethernet(frame.bytes());
    if (const auto port = header ? stations_.port_of(header->destination) : std::nullopt)
      return lines_[*port].out.push_back(&frame);
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      frame.add_reference();
      lines_[i].out.push_back(&frame);
    }
  }
  lines_.front().out.push_back(&frame);
}

void Side::flush() {
  for (Line& line : lines_) {
    if (line.out.empty()) continue;
    const std::size_t taken = line.queue.tx_burst(line.out);
    for (pkt::Packet* frame : std::span{line.out}.subspan(taken)) frame->free();
    refused_ += line.out.size() - taken;
    line.out.clear();
  }
}

}  // namespace millrace::link
