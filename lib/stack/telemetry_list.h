// The commands that list: /millrace/connections, /millrace/closed, /millrace/closed_half_open.
//
// Parameters WORKER,CURSOR,FILTER, all optional (see parse_filter). The answer is text: "# columns ...", a line per
// row, then "# next WORKER,CURSOR" if there is more; "# error ..." for each worker that does not answer.
#pragma once

struct rte_tel_data;

namespace millrace::stack {

class Runtime;

[[nodiscard]] int answer_connections(Runtime& runtime, const char* parameters, rte_tel_data* answer);
[[nodiscard]] int answer_closed(Runtime& runtime, const char* parameters, rte_tel_data* answer);
[[nodiscard]] int answer_closed_half_open(Runtime& runtime, const char* parameters, rte_tel_data* answer);

}  // namespace millrace::stack
