// The fixture of what happens when a connection opens.
#pragma once

#include "sim/scenario.h"

namespace millrace::sim {

class Opening : public Scenario {
 protected:
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

}  // namespace millrace::sim
