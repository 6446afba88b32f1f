// The fixture of what happens when a connection closes, and after it.
#pragma once

#include "sim/scenario.h"

namespace millrace::sim {

class Closing : public Scenario {
 protected:
  std::uint32_t time_waits(From from) { return (from == From::A ? world->a : world->b).api().time_waits(); }
  std::uint32_t connections(From from) { return (from == From::A ? world->a : world->b).api().connections(); }
  api::ConnectOptions fixed_port() {
    api::ConnectOptions options;
    options.local_port = 40000;
    return options;
  }
};

}  // namespace millrace::sim
