// RFC 863: whatever arrives is thrown away.
#pragma once

#include "api/shard.h"

namespace millrace::echo {

class Discard {
 public:
  void on_event(api::Connection connection, const api::Event& event);
};

}  // namespace millrace::echo
