#include "echo.h"

namespace millrace::echo {

void Echo::on_event(api::Connection connection, const api::Event&) {
  connection.transfer_to(connection);  // what finds no room follows on Writable
  if (connection.at_end()) connection.close();
}

}  // namespace millrace::echo
