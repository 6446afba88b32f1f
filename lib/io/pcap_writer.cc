// The pcap format: a file header of 24 bytes, then per packet a header of 16 bytes and its first bytes, all in this
// machine's byte order (readers see it from the magic number).
#include "io/pcap_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "io/tx_checksum.h"

namespace millrace::io {
namespace {

constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kEthernet = 1;
constexpr std::size_t kRecordHeader = 16;

}  // namespace

PcapWriter::PcapWriter(const PcapConfig& config) : config_(config), file_(std::fopen(config.path.c_str(), "wb")) {
  if (file_ == nullptr)
    throw std::runtime_error(fmt::format("cannot write capture file '{}': {}; choose a path that this user may write",
                                         config.path, std::strerror(errno)));
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  buffer_.reserve(config.buffer_bytes);
  put_file_header();
}

PcapWriter::~PcapWriter() { flush(); }

template <class T>
void PcapWriter::put(T value) {
  const auto bytes = std::as_bytes(std::span{&value, 1});
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void PcapWriter::put_file_header() {
  put(kMagicNanoseconds);
  put(std::uint16_t{2});  // version 2.4
  put(std::uint16_t{4});
  put(std::uint32_t{0});  // time zone
  put(std::uint32_t{0});  // accuracy of the stamps
  put(config_.snap_length);
  put(kEthernet);
  file_bytes_ = buffer_.size();
}

void PcapWriter::set_time(Time now) {
  now_ = now;
  if (buffer_.size() > config_.buffer_bytes / 2) flush();
}

void PcapWriter::write(const pkt::Packet& packet) {
  const std::uint32_t kept = std::min(packet.total_length(), config_.snap_length);
  full_ = full_ || failed_ || file_bytes_ + kRecordHeader + kept > config_.max_bytes;
  if (full_) {
    ++dropped_;
    return;
  }
  const std::int64_t ns = to_ns(now_ + config_.epoch);
  put(static_cast<std::uint32_t>(ns / 1'000'000'000));
  put(static_cast<std::uint32_t>(ns % 1'000'000'000));
  put(kept);
  put(packet.total_length());
  const std::size_t start = buffer_.size();
  std::uint32_t left = kept;
  for (const pkt::Packet* segment = &packet; left > 0; segment = segment->next_segment()) {
    const auto bytes = segment->bytes().first(std::min<std::size_t>(left, segment->length()));
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    left -= static_cast<std::uint32_t>(bytes.size());
  }
  if (kept == packet.total_length())
    fill_tx_checksums(std::span{buffer_}.subspan(start), packet, {.tx_ipv4_checksum = true, .tx_tcp_checksum = true});
  file_bytes_ += kRecordHeader + kept;
  ++written_;
}

void PcapWriter::rewind(const Mark& mark) {
  buffer_.resize(mark.buffered);
  file_bytes_ = mark.file_bytes;
  written_ = mark.written;
  dropped_ = mark.dropped;
  full_ = mark.full;
}

bool PcapWriter::flush() {
  if (!failed_) failed_ = std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size();
  buffer_.clear();
  return !failed_;
}

}  // namespace millrace::io
