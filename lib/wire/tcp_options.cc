// TCP options (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413, RFC 9768), read and written within bounds.
//
// Reading: every option but EOL and NOP has a length octet (MUST-68); unknown kinds, and known kinds of an unexpected
// length, are skipped by it (MUST-6). Nothing is assumed about alignment (MUST-64); what follows EOL is padding
// (MUST-69). The last of several options of one kind counts. Each step consumes at least one byte, so it ends.
// An AccECN option of another length has the fields that fit (RFC 9768 3.2.3).
// Writing: groups of 4 bytes with NOPs in front, so that no EOL is needed. MSS, window scale, SACK-permitted and Fast
// Open go out on SYN segments only (MUST-65, RFC 7323 2.2, RFC 2018 2, RFC 7413 2). The longest cookie fits only if
// SACK-permitted takes the place of the NOPs before the timestamps. Of Fast Open's two numbers the experimental one
// (kind 254 with 0xF989, before RFC 7413) is not spoken: an unknown option.
#include "wire/tcp_options.h"

#include <algorithm>
#include <array>

#include "wire/bytes.h"

namespace millrace::wire {
namespace {

enum Kind : std::uint8_t {
  kEol = 0,
  kNop = 1,
  kMss = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
  kFastOpen = 34,
  kAccEcn0 = 172,
  kAccEcn1 = 174,
};
constexpr std::size_t kMssLength = 4, kWindowScaleLength = 3, kSackPermittedLength = 2, kTimestampsLength = 10,
                      kSackBlockLength = 8, kAccEcnField = 3;
constexpr std::uint8_t kMaxWindowScale = 14;
constexpr std::size_t kMaxOptions = kTcpMaxHeader - kTcpMinHeader;
constexpr std::size_t kShortGroup = 4, kTimestampsGroup = 12, kSackGroupHead = 4;  // as written, NOPs included

void read_sack(std::span<const std::byte> option, TcpOptions& options) noexcept {
  const std::size_t blocks = (option.size() - 2) / kSackBlockLength;
  if (blocks == 0 || blocks > kMaxSackBlocks || option.size() != 2 + blocks * kSackBlockLength) return;
  options.sack_count = static_cast<std::uint8_t>(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::byte* p = &option[2 + i * kSackBlockLength];
    options.sack[i] = {SeqNum{load_be32(p)}, SeqNum{load_be32(p + 4)}};
  }
}

/// RFC 7413 2: a cookie of a length that no cookie has is ignored.
void read_fast_open(std::span<const std::byte> option, TcpOptions& options) noexcept {
  const std::size_t length = option.size() - 2;
  const bool possible = length >= FastOpenCookie::kLeast && length <= FastOpenCookie::kMost && length % 2 == 0;
  if (length != 0 && !possible) return;
  options.has_fast_open = true;
  options.fast_open = {};
  options.fast_open.length = static_cast<std::uint8_t>(length);
  for (std::size_t i = 0; i < length; ++i) options.fast_open.bytes[i] = load_u8(&option[2 + i]);
}

std::uint32_t load_be24(const std::byte* p) noexcept { return std::uint32_t{load_be16(p)} << 8 | load_u8(p + 2); }

void store_be24(std::byte* p, std::uint32_t value) noexcept {
  store_be16(p, static_cast<std::uint16_t>(value >> 8));
  store_u8(p + 2, static_cast<std::uint8_t>(value));
}

/// The counters in the order in which the option has them.
std::array<std::uint32_t AccEcnOption::*, 3> in_order(bool order1) noexcept {
  if (order1) return {&AccEcnOption::e1b, &AccEcnOption::ceb, &AccEcnOption::e0b};
  return {&AccEcnOption::e0b, &AccEcnOption::ceb, &AccEcnOption::e1b};
}

void read_accecn(std::span<const std::byte> option, bool order1, AccEcnOption& read) noexcept {
  read = {};
  read.order1 = order1;
  read.fields = static_cast<std::uint8_t>(std::min<std::size_t>((option.size() - 2) / kAccEcnField, 3));
  const auto fields = in_order(order1);
  for (std::size_t i = 0; i < read.fields; ++i) read.*fields[i] = load_be24(&option[2 + i * kAccEcnField]);
}

/// What nearly every segment has and nothing else, as RFC 7323 appendix A lays it out: NOP, NOP, timestamps.
constexpr std::uint32_t kTimestampsHead = kNop << 24 | kNop << 16 | kTimestamps << 8 | kTimestampsLength;

bool only_timestamps(std::span<const std::byte> area) noexcept {
  return area.size() == kTimestampsGroup && load_be32(area.data()) == kTimestampsHead;
}

void read_timestamps(const std::byte* value, TcpOptions& options) noexcept {
  options.has_timestamps = true;
  options.ts_val = load_be32(value);
  options.ts_ecr = load_be32(value + 4);
}

/// `option` is one whole option: kind, length, value.
void read_option(std::span<const std::byte> option, TcpOptions& options) noexcept {
  const std::byte* value = option.data() + 2;
  switch (load_u8(option.data())) {
    case kMss:
      if (option.size() == kMssLength) options.mss = load_be16(value);
      break;
    case kWindowScale:
      if (option.size() != kWindowScaleLength) break;
      options.has_window_scale = true;
      options.window_scale = std::min(load_u8(value), kMaxWindowScale);
      break;
    case kSackPermitted:
      if (option.size() == kSackPermittedLength) options.sack_permitted = true;
      break;
    case kSack:
      read_sack(option, options);
      break;
    case kTimestamps:
      if (option.size() == kTimestampsLength) read_timestamps(value, options);
      break;
    case kFastOpen:
      read_fast_open(option, options);
      break;
    case kAccEcn0:
    case kAccEcn1:
      read_accecn(option, load_u8(option.data()) == kAccEcn1, options.accecn);
      break;
    default:
      break;
  }
}

/// Timestamps or nothing.
bool is_plain(const TcpHeader& h) noexcept {
  return !h.ctl.syn() && h.options.sack_count == 0 && !h.options.accecn.present();
}

std::byte* put_timestamps(std::byte* p, const TcpOptions& options) noexcept {
  store_be32(p, options.ts_val);
  store_be32(p + 4, options.ts_ecr);
  return p + 8;
}

bool writes_mss(const TcpHeader& h) noexcept { return h.ctl.syn() && h.options.mss != 0; }
bool writes_window_scale(const TcpHeader& h) noexcept { return h.ctl.syn() && h.options.has_window_scale; }
bool writes_sack_permitted(const TcpHeader& h) noexcept { return h.ctl.syn() && h.options.sack_permitted; }

bool writes_fast_open(const TcpHeader& h) noexcept { return h.ctl.syn() && h.options.has_fast_open; }

/// SACK-permitted fills the two bytes before the timestamps.
bool packs_sack_permitted(const TcpHeader& h) noexcept {
  return writes_fast_open(h) && writes_sack_permitted(h) && h.options.has_timestamps;
}

std::size_t fast_open_length(const TcpHeader& h) noexcept {
  return 2 + std::min<std::size_t>(h.options.fast_open.length, FastOpenCookie::kMost);
}

std::size_t fast_open_group(const TcpHeader& h) noexcept { return (fast_open_length(h) + 3) / 4 * 4; }

std::size_t size_before_accecn(const TcpHeader& h) noexcept {
  const bool short_sack = writes_sack_permitted(h) && !packs_sack_permitted(h);
  return (writes_mss(h) ? kShortGroup : 0) + (writes_window_scale(h) ? kShortGroup : 0) +
         (short_sack ? kShortGroup : 0) + (h.options.has_timestamps ? kTimestampsGroup : 0) +
         (writes_fast_open(h) ? fast_open_group(h) : 0);
}

std::size_t accecn_length(const TcpHeader& h) noexcept { return 2 + h.options.accecn.fields * kAccEcnField; }

/// 0 where it does not fit: the longest cookie leaves no room.
std::size_t accecn_group(const TcpHeader& h) noexcept {
  const std::size_t group = h.options.accecn.present() ? accecn_group_size(h.options.accecn.fields) : 0;
  return size_before_accecn(h) + group <= kMaxOptions ? group : 0;
}

std::size_t size_before_sack(const TcpHeader& h) noexcept { return size_before_accecn(h) + accecn_group(h); }

/// The blocks that fit behind the other options: 4, or 3 beside timestamps, or less beside AccECN.
std::size_t sack_blocks_written(const TcpHeader& h) noexcept {
  const std::size_t before = size_before_sack(h) + kSackGroupHead;
  const std::size_t room = before < kMaxOptions ? kMaxOptions - before : 0;
  return std::min({std::size_t{h.options.sack_count}, kMaxSackBlocks, room / kSackBlockLength});
}

std::byte* put_head(std::byte* p, unsigned nops, std::uint8_t kind, std::size_t length) noexcept {
  for (; nops > 0; --nops) store_u8(p++, kNop);
  store_u8(p, kind);
  store_u8(p + 1, static_cast<std::uint8_t>(length));
  return p + 2;
}

std::byte* put_fast_open(std::byte* p, const TcpHeader& header) noexcept {
  const std::size_t length = fast_open_length(header);
  p = put_head(p, static_cast<unsigned>(fast_open_group(header) - length), kFastOpen, length);
  for (std::size_t i = 0; i + 2 < length; ++i) store_u8(p++, header.options.fast_open.bytes[i]);
  return p;
}

std::byte* put_accecn(std::byte* p, const TcpHeader& h) noexcept {
  const AccEcnOption& option = h.options.accecn;
  const std::size_t length = accecn_length(h);
  p = put_head(p, static_cast<unsigned>(accecn_group(h) - length), option.order1 ? kAccEcn1 : kAccEcn0, length);
  const auto fields = in_order(option.order1);
  for (std::size_t i = 0; i < option.fields; ++i, p += kAccEcnField) store_be24(p, option.*fields[i]);
  return p;
}

}  // namespace

void parse_tcp_options(std::span<const std::byte> area, TcpOptions& options) noexcept {
  if (only_timestamps(area)) return read_timestamps(area.data() + kTimestampsGroup - 8, options);
  while (!area.empty()) {
    const std::uint8_t kind = load_u8(area.data());
    if (kind == kEol) break;
    if (kind == kNop) {
      area = area.subspan(1);
      continue;
    }
    const std::size_t length = area.size() < 2 ? 0 : load_u8(&area[1]);
    if (length < 2 || length > area.size()) {
      options.malformed = true;  // MUST-7
      break;
    }
    read_option(area.first(length), options);
    area = area.subspan(length);
  }
}

std::size_t tcp_options_size(const TcpHeader& header) noexcept {
  if (is_plain(header)) return header.options.has_timestamps ? kTimestampsGroup : 0;
  const std::size_t blocks = sack_blocks_written(header);
  return size_before_sack(header) + (blocks == 0 ? 0 : kSackGroupHead + blocks * kSackBlockLength);
}

void build_tcp_options(const TcpHeader& header, std::span<std::byte> out) noexcept {
  const TcpOptions& options = header.options;
  std::byte* p = out.data();
  if (is_plain(header)) {
    if (!options.has_timestamps) return;
    store_be32(p, kTimestampsHead);
    put_timestamps(p + 4, options);
    return;
  }
  if (writes_mss(header)) {
    p = put_head(p, 0, kMss, kMssLength);
    store_be16(p, options.mss);
    p += 2;
  }
  if (writes_window_scale(header)) {
    p = put_head(p, 1, kWindowScale, kWindowScaleLength);
    store_u8(p++, std::min(options.window_scale, kMaxWindowScale));
  }
  const bool packed = packs_sack_permitted(header);
  if (writes_sack_permitted(header)) p = put_head(p, packed ? 0 : 2, kSackPermitted, kSackPermittedLength);
  if (options.has_timestamps) {
    p = put_head(p, packed ? 0 : 2, kTimestamps, kTimestampsLength);
    p = put_timestamps(p, options);
  }
  if (writes_fast_open(header)) p = put_fast_open(p, header);
  if (accecn_group(header) != 0) p = put_accecn(p, header);
  const std::size_t blocks = sack_blocks_written(header);
  if (blocks == 0) return;
  p = put_head(p, 2, kSack, 2 + blocks * kSackBlockLength);
  for (std::size_t i = 0; i < blocks; ++i, p += kSackBlockLength) {
    store_be32(p, options.sack[i].left.raw());
    store_be32(p + 4, options.sack[i].right.raw());
  }
}

}  // namespace millrace::wire
