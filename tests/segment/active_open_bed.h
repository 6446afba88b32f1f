// The fixture of active opens, from the call to ESTABLISHED.
#pragma once

#include "fixture.h"

namespace millrace::tcp::test {

class ActiveOpen : public SegmentTest {
 protected:
  void connect_within(Duration limit) {
    OpenOptions options;
    options.connect_timeout = limit;
    connect(options);
  }
};

}  // namespace millrace::tcp::test
