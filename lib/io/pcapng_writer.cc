// Blocks in this machine's byte order (readers see it from the magic number), padded to 32 bits. Every block has its
// length at both ends.
#include "io/pcapng_writer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace millrace::io {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterface = 1, kEnhancedPacket = 6;
constexpr std::uint16_t kOptionEnd = 0, kOptionName = 2, kOptionFlags = 2, kOptionResolution = 9;
constexpr std::uint16_t kLinkEthernet = 1;

std::size_t padded(std::size_t n) noexcept { return (n + 3) & ~std::size_t{3}; }

class Body {
 public:
  template <class T>
  Body& put(T value) {
    return put(std::as_bytes(std::span{&value, 1}));
  }
  Body& put(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) bytes_.push_back(byte);
    return *this;
  }
  Body& option(std::uint16_t code, std::span<const std::byte> value) {
    put(code).put(static_cast<std::uint16_t>(value.size())).put(value);
    return pad();
  }
  Body& pad() {
    bytes_.resize(padded(bytes_.size()));
    return *this;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

PcapngWriter::PcapngWriter(const std::string& path, const std::vector<std::string>& interfaces,
                           std::uint32_t snap_length)
    : file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr)
    throw std::runtime_error(fmt::format(
        "cannot write capture file '{}': {}; choose a path that this process may write", path, std::strerror(errno)));
  Body section;
  section.put(std::uint32_t{0x1a2b3c4d}).put(std::uint16_t{1}).put(std::uint16_t{0}).put(std::int64_t{-1});
  put_block(kSectionHeader, section.bytes());
  for (const std::string& name : interfaces) {
    const std::uint8_t nanoseconds = 9;
    Body interface;
    interface.put(kLinkEthernet).put(std::uint16_t{0}).put(snap_length);
    interface.option(kOptionName, std::as_bytes(std::span{name}));
    interface.option(kOptionResolution, std::as_bytes(std::span{&nanoseconds, 1}));
    interface.option(kOptionEnd, {});
    put_block(kInterface, interface.bytes());
  }
  flush();
}

bool PcapngWriter::write(const CaptureRecord& record, Duration epoch) {
  const auto ns = static_cast<std::uint64_t>(record.header.time_ns + to_ns(epoch));
  const auto flags = static_cast<std::uint32_t>(record.header.direction);  // 1: inbound, 2: outbound
  Body packet;
  packet.put(std::uint32_t{record.header.port})
      .put(static_cast<std::uint32_t>(ns >> 32))
      .put(static_cast<std::uint32_t>(ns))
      .put(record.header.kept)
      .put(record.header.length)
      .put(std::span<const std::byte>{record.bytes})
      .pad();
  packet.option(kOptionFlags, std::as_bytes(std::span{&flags, 1})).option(kOptionEnd, {});
  return put_block(kEnhancedPacket, packet.bytes());
}

std::size_t PcapngWriter::size_of(const CaptureRecord& record) noexcept {
  return 12 + 20 + padded(record.bytes.size()) + 8 + 4;
}

bool PcapngWriter::put_block(std::uint32_t type, std::span<const std::byte> body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  const auto put = [this](const void* data, std::size_t n) {
    if (!failed_) failed_ = std::fwrite(data, 1, n, file_.get()) != n;
  };
  put(&type, sizeof type);
  put(&length, sizeof length);
  put(body.data(), body.size());
  put(&length, sizeof length);
  if (!failed_) file_bytes_ += length;
  return !failed_;
}

bool PcapngWriter::flush() {
  if (!failed_) failed_ = std::fflush(file_.get()) != 0;
  return !failed_;
}

}  // namespace millrace::io
