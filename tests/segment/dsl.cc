#include "dsl.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace millrace::tcp::test {

std::string text_from(std::uint32_t n, std::uint32_t length) {
  std::string text;
  for (std::uint32_t i = 0; i < length; ++i) text += text_at(n + i);
  return text;
}

Sent read_sent(const pkt::Packet& packet) {
  Sent sent;
  std::string bytes;
  for (const pkt::Packet* part = &packet; part != nullptr; part = part->next_segment()) {
    bytes.append(reinterpret_cast<const char*>(part->data()), part->length());
    ++sent.parts;
  }
  const auto header = wire::parse_tcp({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
  if (!header) return sent;
  sent.header = *header;
  sent.text = bytes.substr(header->header_length);
  sent.bytes = bytes;
  const auto& meta = packet.meta();
  sent.summed = packet.summed_tail();
  sent.in_place = sent.parts == 1 && meta.slice_length == sent.text.size() && meta.slice_length > 0 &&
                  meta.slice_offset == packet.headroom() + header->header_length;
  return sent;
}

namespace {

std::string accecn_text(const wire::AccEcnOption& option) {
  std::vector<std::uint32_t> fields = {option.e0b, option.ceb, option.e1b};
  if (option.order1) std::swap(fields[0], fields[2]);
  fields.resize(option.fields);
  return fmt::format(" accecn{}={}", option.order1 ? 1 : 0, fmt::join(fields, ","));
}

}  // namespace

std::string to_text(const Sent& sent, SeqNum iss, SeqNum irs, std::uint32_t ts_now) {
  const wire::TcpHeader& h = sent.header;
  std::string text;
  if (h.ctl.syn()) text += 'S';
  if (h.ctl.fin()) text += 'F';
  if (h.ctl.rst()) text += 'R';
  if (h.ctl.psh()) text += 'P';
  if (h.ctl.urg()) text += 'U';
  if (h.ctl.ack()) text += 'A';
  text += fmt::format(" seq={}", h.seq - iss);
  if (h.ctl.ack()) text += fmt::format(" ack={}", h.ack - irs);
  if (h.window != 0xffff) text += fmt::format(" win={}", h.window);
  if (h.ctl.urg()) text += fmt::format(" up={}", h.urgent_pointer);
  if (!sent.text.empty()) text += fmt::format(" len={}", sent.text.size());
  const std::uint32_t first = h.seq - iss + (h.ctl.syn() ? 1 : 0);
  if (sent.text != text_from(first, static_cast<std::uint32_t>(sent.text.size()))) text += " WRONG-TEXT";
  const wire::TcpOptions& o = h.options;
  if (o.mss != 0) text += fmt::format(" mss={}", o.mss);
  if (o.has_window_scale) text += fmt::format(" ws={}", o.window_scale);
  if (o.sack_permitted) text += " sackOK";
  if (o.has_timestamps) text += fmt::format(" ts={},{}", static_cast<std::int32_t>(o.ts_val - ts_now), o.ts_ecr);
  if (o.accecn.present()) text += accecn_text(o.accecn);
  for (std::size_t i = 0; i < o.sack_count; ++i)
    text += fmt::format(" sack={}-{}", o.sack[i].left - irs, o.sack[i].right - irs);
  if (o.has_fast_open) text += fmt::format(" cookie={}", o.fast_open.length);
  if (h.ctl.ace() != 0) text += fmt::format(" ace={:03b}", h.ctl.ace());
  constexpr std::array kCodepoints = {"", " ECT1", " ECT0", " CE"};
  return text + kCodepoints[static_cast<std::size_t>(sent.ecn)];
}

}  // namespace millrace::tcp::test
