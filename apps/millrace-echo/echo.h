// RFC 862: whatever arrives goes back, without being copied.
#pragma once

#include "api/shard.h"

namespace millrace::echo {

class Echo {
 public:
  void on_event(api::Connection connection, const api::Event& event);
};

}  // namespace millrace::echo
