// Frames of several ports in one file: pcapng (draft-ietf-opsawg-pcapng) with nanosecond stamps, an interface per port,
// and the direction of every frame. tcpdump and Wireshark read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/capture_ring.h"

namespace millrace::io {

class PcapngWriter {
 public:
  /// Creates or truncates the file. Throws std::runtime_error with path, reason and next step.
  PcapngWriter(const std::string& path, const std::vector<std::string>& interfaces, std::uint32_t snap_length);

  /// `epoch`: from the record's clock to 1970. False after an error (disk full), after which nothing more is written.
  bool write(const CaptureRecord& record, Duration epoch);
  /// Everything to the file system.
  bool flush();
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// What a record takes in the file.
  [[nodiscard]] static std::size_t size_of(const CaptureRecord& record) noexcept;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  bool put_block(std::uint32_t type, std::span<const std::byte> body);

  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t file_bytes_ = 0;
  bool failed_ = false;
};

}  // namespace millrace::io
