// Errors as text, for messages and logs.
#include "coro/error.h"

#include <fmt/format.h>

namespace millrace::coro {

std::string Error::to_string() const {
  switch (kind) {
    case ErrorKind::TimedOut:
      return "timed out";
    case ErrorKind::Cancelled:
      return "cancelled";
    case ErrorKind::EndOfStream:
      return fmt::format("the peer closed after {} bytes", bytes);
    case ErrorKind::Ended:
      return fmt::format("the connection is over: {}", tcp::info(rule).words);
    case ErrorKind::SendingShut:
      return "the sending side is shut";
    case ErrorKind::NotOpen:
      return "not open";
    case ErrorKind::Busy:
      return "another coroutine waits for the same";
    case ErrorKind::WrongWorker:
      return "belongs to another worker";
    case ErrorKind::Refused:
      return api::to_string(refusal);
    case ErrorKind::NoMemory:
      return "out of memory";
  }
  return "?";
}

}  // namespace millrace::coro
