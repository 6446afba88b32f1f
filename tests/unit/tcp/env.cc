#include "env.h"

#include <gtest/gtest.h>

namespace millrace::tcp {

pkt::PacketPool& TestEnv::data() {
  static pkt::PacketPool pool{{"unit-tcp-data", 255, 2048, 0}};
  return pool;
}

pkt::PacketPool& TestEnv::control() {
  static pkt::PacketPool pool{{"unit-tcp-control", 63, 512, 0}};
  return pool;
}

TestEnv::TestEnv()
    : env{time_from_ns(1'000'000'000),
          config,
          wheel,
          departures,
          table,
          listeners,
          ages,
          reassemblies,
          ready,
          events,
          out,
          control(),
          data(),
          count,
          challenge_limit,
          entry_limit,
          random,
          paths,
          1500,
          Pressure::None},
      tcb(add(1)) {}

TestEnv::~TestEnv() {
  drop_reassembly(tcb, env);
  table.release(tcb);
  EXPECT_EQ(data().available(), data().size());
  EXPECT_EQ(control().available(), control().size());
  EXPECT_EQ(reassemblies.used(), 0u);
}

pkt::Packet* TestEnv::packet(const std::string& bytes) {
  pkt::Packet* packet = data().alloc();
  std::memcpy(packet->append(static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  packet->data_to_slice();
  return packet;
}

Tcb& TestEnv::add(std::uint16_t port) {
  flow::FlowKey key;
  key.local_port = port;
  return table.tcbs[table.add_tcb(key)];
}

}  // namespace millrace::tcp
