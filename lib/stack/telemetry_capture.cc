// Captures as data: an error is part of an answer, because the asker has to show it.
#include "stack/telemetry_capture.h"

#include "stack/capture.h"
#include "stack/telemetry_data.h"

namespace millrace::stack {

int answer_capture_start(Capture& capture, const char* parameters, rte_tel_data* answer) {
  const ParsedCapture parsed = parse_capture(parameters == nullptr ? "" : parameters);
  rte_tel_data_start_dict(answer);
  if (!parsed.settings) {
    put(answer, "error", parsed.error);
    return 0;
  }
  if (const auto error = capture.start(*parsed.settings)) put(answer, "error", *error);
  put(answer, "running", std::uint64_t{capture.status().running});
  return 0;
}

int answer_capture_stop(Capture& capture, const char* parameters, rte_tel_data* answer) {
  capture.stop();
  return answer_capture(capture, parameters, answer);
}

int answer_capture(Capture& capture, const char*, rte_tel_data* answer) {
  const CaptureStatus status = capture.status();
  rte_tel_data_start_dict(answer);
  put(answer, "running", std::uint64_t{status.running});
  put(answer, "file", status.path);
  put(answer, "packets", status.packets);
  put(answer, "bytes", status.bytes);
  put(answer, "dropped", status.dropped);
  put(answer, "end", status.end);
  put(answer, "error", status.error);
  return 0;
}

}  // namespace millrace::stack
