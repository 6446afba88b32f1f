// The application of fuzz_segments.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "fuzz_input.h"
#include "sim/host.h"

namespace millrace::fuzz {

/// Events of one connection come in order, none after Closed or after the application has given the connection up.
class App : public sim::HostApp {
 public:
  void on_event(api::Shard shard, const api::Event& event) override {
    const auto key = std::pair{event.connection.index, event.connection.generation};
    const api::Connection connection = shard.connection(event.connection);
    require(!ended_[key]);
    require(connection.valid());
    if (event.kind == api::EventKind::Closed) {
      ended_[key] = true;
      require(event.reason != api::CloseReason::None && connection.readable() == 0);
    }
    if (event.kind == api::EventKind::Accepted) known.push_back(connection);
  }
  void gave_up(const api::Connection& connection) {
    ended_[std::pair{connection.id().index, connection.id().generation}] = true;
  }
  std::vector<api::Connection> known;

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> ended_;
};

}  // namespace millrace::fuzz
