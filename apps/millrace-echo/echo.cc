#include "echo.h"

namespace millrace::echo {

void Echo::on_event(api::Connection connection, const api::Event& event) {
  // The peer has reset it: nobody is left to send to, and Closed waits until what came is consumed.
  if (event.kind == api::EventKind::Ended) return connection.consume(connection.readable());
  connection.transfer_to(connection);  // what finds no room follows on Writable
  if (connection.at_end()) connection.close();
}

}  // namespace millrace::echo
