// RFC 9293 3.9.1.8: asynchronous reports, as events like any other. The last error stays until the connection ends, as
// it may explain a timeout that follows.
#include "tcp/soft_error.h"

#include "tcp/close.h"
#include "tcp/env.h"

namespace millrace::tcp {

void report_soft_error(Tcb& tcb, SoftError error, Env& env) noexcept {
  env.table.rare_part(tcb).soft_error = error;
  ++env.count.soft_errors;
  if (!tcb.has(kNoErrorReports)) tell(tcb, EventKind::SoftError, env);
}

SoftError last_soft_error(const Tcb& tcb, const Env& env) noexcept {
  return tcb.rare == base::kNoIndex ? SoftError::None : env.table.rare_parts[tcb.rare].soft_error;
}

}  // namespace millrace::tcp
