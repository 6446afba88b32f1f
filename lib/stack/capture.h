// A capture of the running process: what passes all queues of all workers, into one file, in the order of time.
//
// Each worker copies into a ring of its own; a thread outside the workers pops, sorts and writes. Bounded in frames,
// bytes and time, whatever comes first. One at a time. A worker that does not answer stops no capture, but what is
// missing for it is said in the status.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/time.h"
#include "io/capture_filter.h"
#include "io/capture_ring.h"

namespace millrace::io {
class PcapngWriter;
}

namespace millrace::stack {

class Runtime;

struct CaptureSettings {
  std::string path;
  io::CaptureFilter filter;
  std::uint64_t packets = 0;          ///< 0: no bound
  std::uint64_t bytes = 100'000'000;  ///< of the file
  Duration time = seconds{60};
  std::uint32_t snap_length = 65535;  ///< kept of each frame
  std::size_t ring_bytes = 4u << 20;  ///< per worker
};

/// "host=10.1.0.2,port=80,count=100,seconds=10,bytes=1000000,snap=128,file=/tmp/x.pcapng": file is last and required,
/// host and port may be given several times. The error says what is wrong.
struct ParsedCapture {
  std::optional<CaptureSettings> settings;
  std::string error;
};
[[nodiscard]] ParsedCapture parse_capture(std::string_view text);

struct CaptureStatus {
  bool running = false;
  std::string path;  ///< empty: there was none yet
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;    ///< of the file
  std::uint64_t dropped = 0;  ///< frames that found their ring full
  std::string end;            ///< why it ended
  std::string error;          ///< why the file is not complete; empty: it is
};

class Capture {
 public:
  /// `runtime` outlives it.
  explicit Capture(Runtime& runtime) noexcept : runtime_(runtime) {}
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { stop(); }

  /// nullopt when it runs; else what is wrong and what to do.
  [[nodiscard]] std::optional<std::string> start(const CaptureSettings& settings);
  /// Returns when the file is complete.
  void stop();
  [[nodiscard]] CaptureStatus status() const;

 private:
  /// What one thread writes with, from its start to its end.
  struct Run {
    CaptureSettings settings;
    std::unique_ptr<io::PcapngWriter> writer;
    Time deadline;
    Duration epoch;
  };
  void attach_workers();
  void detach_workers();
  void add_error(const std::string& words);
  void write_until_end(const Run& run);
  [[nodiscard]] std::string end_reached(const CaptureSettings& settings, Time deadline) const;
  /// Moves what the rings hold to pending_.
  void pop_rings();
  /// Writes what was recorded until `until`; false at a bound.
  bool write_pending(const Run& run, std::int64_t until_ns);

  Runtime& runtime_;
  std::thread thread_;
  std::vector<std::shared_ptr<io::CaptureRing>> rings_;  ///< one per worker
  std::vector<io::CaptureRecord> pending_;               ///< of the writer's thread
  mutable std::mutex lock_;
  std::condition_variable wake_;
  bool stopping_ = false;  ///< under lock_, as is status_
  CaptureStatus status_;
};

}  // namespace millrace::stack
