#include "discard.h"

namespace millrace::echo {

void Discard::on_event(api::Connection connection, const api::Event&) {
  connection.consume(connection.readable());
  if (connection.at_end()) connection.close();
}

}  // namespace millrace::echo
