// The bed, and what IPv4 frames of the client look like.
#pragma once

#include <algorithm>

#include "bed.h"

namespace millrace::sockets {

class OptionBed : public Bed {
 protected:
  void see_frames() {
    pair.on_frame = [this](const BarePair::Frame& frame) {
      constexpr std::size_t kIp = 14;
      const auto byte = [&](std::size_t at) { return std::to_integer<int>(frame[kIp + at]); };
      if (frame.size() < kIp + 20 || byte(0) != 0x45 || byte(15) != 1) return;  // not from 10.0.0.1
      ++frames_of_client;
      type_of_service = byte(1);
      time_to_live = byte(8);
      longest = std::max(longest, static_cast<int>(frame.size()));
    };
  }

  int frames_of_client = 0, type_of_service = -1, time_to_live = -1, longest = 0;
};

}  // namespace millrace::sockets
