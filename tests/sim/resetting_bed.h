// The fixture of what ends a connection out of order: forged segments, aborts, timers.
#pragma once

#include "sim/scenario.h"

namespace millrace::sim {

class Resetting : public Scenario {
 protected:
  TcpFrame to_nobody() {
    TcpFrame frame;
    frame.source = world->a.address();
    frame.destination = world->b.address();
    frame.tcp.source_port = 1234;
    frame.tcp.destination_port = 4321;
    frame.tcp.seq = wire::SeqNum{5000};
    return frame;
  }
  TcpFrame rst_of(From from, std::int32_t beyond_rcv_nxt) {
    TcpFrame frame = next_of(from);
    frame.tcp.seq += static_cast<std::uint32_t>(beyond_rcv_nxt);
    frame.tcp.ctl.bits = wire::Ctl::kRst;
    return frame;
  }
  /// Data still flows both ways.
  void expect_alive() {
    const std::size_t at_b = app_b.told(server).received.size(), at_a = app_a.told(client).received.size();
    EXPECT_EQ(client.send(text("ping")), 4u);
    EXPECT_EQ(server.send(text("pong")), 4u);
    run(seconds{3});
    EXPECT_EQ(app_b.told(server).received.size(), at_b + 4);
    EXPECT_EQ(app_a.told(client).received.size(), at_a + 4);
  }
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

}  // namespace millrace::sim
