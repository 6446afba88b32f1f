// The commands of a capture: /millrace/capture_start, /millrace/capture_stop, /millrace/capture.
#pragma once

struct rte_tel_data;

namespace millrace::stack {

class Capture;

/// Parameters as parse_capture() reads them; "error" in the answer says what is wrong.
[[nodiscard]] int answer_capture_start(Capture& capture, const char* parameters, rte_tel_data* answer);
/// Answers when the file is complete.
[[nodiscard]] int answer_capture_stop(Capture& capture, const char* parameters, rte_tel_data* answer);
[[nodiscard]] int answer_capture(Capture& capture, const char* parameters, rte_tel_data* answer);

}  // namespace millrace::stack
