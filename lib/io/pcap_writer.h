// PcapWriter: packets into a pcap file with nanosecond stamps; PcapIo: a link that records what passes.
//
// Everything goes through one buffer in memory that is written out between bursts. The file is bounded: once a record
// does not fit any more, that and all later ones are counted, not written. Checksums that a transmitted packet leaves
// to the NIC are filled in, unless the record is cut by the snap length. A link without a writer costs one branch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/packet_io.h"

namespace millrace::io {

struct PcapConfig {
  std::string path{};
  std::uint32_t snap_length = 65535;     ///< bytes kept of each packet
  std::uint64_t max_bytes = 1ULL << 30;  ///< of the file, its header included
  std::size_t buffer_bytes = 1U << 20;   ///< written out when half full
  Duration epoch{0};                     ///< added to each Time: nanoseconds from 1970 to the clock's epoch
};

class PcapWriter {
 public:
  /// Creates or truncates the file. Throws std::runtime_error with path and reason.
  explicit PcapWriter(const PcapConfig& config);
  ~PcapWriter();
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;

  /// The stamp of the packets that follow; also the moment when a buffer over half full is written out.
  void set_time(Time now);
  void write(const pkt::Packet& packet);
  /// Writes the buffer out; false after an error (disk full), after which nothing more is written.
  bool flush();

  /// A point to go back to, within one burst (see set_time).
  struct Mark {
    std::size_t buffered;
    std::uint64_t file_bytes, written, dropped;
    bool full;
  };
  [[nodiscard]] Mark mark() const noexcept { return {buffer_.size(), file_bytes_, written_, dropped_, full_}; }
  /// Forgets what was written since.
  void rewind(const Mark& mark);

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }  ///< records
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }  ///< for the bound or an error
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

 private:
  template <class T>
  void put(T value);
  void put_file_header();

  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  PcapConfig config_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<std::byte> buffer_;
  Time now_{};
  std::uint64_t file_bytes_ = 0;  ///< written or buffered
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
  bool full_ = false;    ///< the bound was reached: the file ends here, without gaps
  bool failed_ = false;  ///< the file system refused
};

template <PacketIo Io>
class PcapIo {
 public:
  /// `writer` may be null: nothing is recorded. Both outlive this.
  explicit PcapIo(Io& io, PcapWriter* writer) noexcept : io_(io), writer_(writer) {}

  /// Once per burst, before it.
  void set_time(Time now) {
    if (writer_ != nullptr) writer_->set_time(now);
  }

  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room) {
    const std::size_t received = io_.rx_burst(room);
    if (writer_ != nullptr) [[unlikely]]
      for (const pkt::Packet* packet : room.first(received)) writer_->write(*packet);
    return received;
  }

  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out) {
    if (writer_ == nullptr) [[likely]]
      return io_.tx_burst(out);
    record(out);
    const std::size_t taken = io_.tx_burst(out);
    if (taken < out.size()) writer_->rewind(marks_[taken]);
    return taken;
  }

 private:
  /// Before sending, because a sent packet may be gone; what the link refuses is forgotten again.
  void record(std::span<pkt::Packet* const> out) {
    marks_.clear();
    for (const pkt::Packet* packet : out) {
      marks_.push_back(writer_->mark());
      writer_->write(*packet);
    }
  }

  Io& io_;
  PcapWriter* writer_;
  std::vector<PcapWriter::Mark> marks_;  ///< where each packet of the burst begins
};

}  // namespace millrace::io
