// The commands that list: /millrace/connections, /millrace/closed, /millrace/closed_half_open, and lists of programs.
//
// Parameters WORKER,CURSOR,FILTER, all optional (see parse_filter). The answer is text: "# columns ...", a line per
// row, then "# next WORKER,CURSOR" if there is more; "# error ..." for each worker that does not answer. What follows
// "# next" goes into the next question as it is: of what has ended it also says where the log ended when it was first
// asked for, "0,96,end=500", so that a listing of a busy process comes to its end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct rte_tel_data;

namespace millrace::stack {

class Runtime;

[[nodiscard]] int answer_connections(Runtime& runtime, const char* parameters, rte_tel_data* answer);
[[nodiscard]] int answer_closed(Runtime& runtime, const char* parameters, rte_tel_data* answer);
[[nodiscard]] int answer_closed_half_open(Runtime& runtime, const char* parameters, rte_tel_data* answer);
/// A page of rows that are all there: parameters 0,CURSOR.
[[nodiscard]] int answer_rows(std::string_view columns, const std::vector<std::string>& rows, const char* parameters,
                              rte_tel_data* answer);

}  // namespace millrace::stack
