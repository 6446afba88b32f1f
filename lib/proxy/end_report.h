// What the proxy says about ends that are not normal: which leg of a pair ended first, and why, in words.
//
// At most ten lines a second of each kind and worker; the next line tells how many were left out. The stack's log of
// closed connections has them all (millrace-ss --closed).
#pragma once

#include <string_view>

#include "api/connection.h"
#include "api/types.h"
#include "base/log_limit.h"
#include "base/time.h"
#include "proxy/counters.h"
#include "proxy/user_tag.h"

namespace millrace::proxy {

/// A pair's connections as they were when the first of them ended; a port of 0: there was none.
struct PairEnds {
  api::ConnectionInfo client;
  api::ConnectionInfo upstream;
};

class EndReport {
 public:
  /// A server did not take a connection, or not in time.
  void connect_failed(Time now, std::string_view upstream, const api::Endpoint& server, api::CloseRule why) noexcept;
  /// A pair ended, `first` by `why`.
  void pair_ended(Time now, PairEnd how, const PairEnds& ends, Leg first, api::CloseRule why) noexcept;

 private:
  base::LogLimit connects_{milliseconds{100}};
  base::LogLimit pairs_{milliseconds{100}};
};

}  // namespace millrace::proxy
