// Feeds frames to an Ingress, one by one, each in a heap block of its own.
#pragma once

#include "ip/ingress.h"
#include "unit/ip/ip_fixture.h"

namespace millrace::ip::test {

class IngressTest : public IpTest {
 protected:
  ~IngressTest() override { free_segments(); }
  void TearDown() override {
    free_segments();
    IpTest::TearDown();
  }

  static pkt::Packet* packet(const Bytes& frame, std::uint16_t port = 0) {
    auto* p = millrace::test::make_heap_packet(pool(), frame, {});
    p->meta().port = port;
    return p;
  }
  void receive(pkt::Packet* p, Time now = {}) {
    free_segments();
    ingress_.receive(std::span{&p, 1}, now);
  }
  void receive(const Bytes& frame, std::uint16_t port = 0, Time now = {}) { receive(packet(frame, port), now); }
  void expect_drop(const Bytes& frame, DropReason reason, std::uint16_t port = 0) {
    const auto before = dropped(reason);
    receive(frame, port);
    EXPECT_EQ(dropped(reason), before + 1) << name(reason);
    EXPECT_TRUE(ingress_.segments().empty());
    EXPECT_TRUE(ingress_.icmp_errors().empty());
  }
  void expect_segment(const Bytes& frame, std::uint16_t port = 0) {
    receive(frame, port);
    EXPECT_EQ(ingress_.segments().size(), 1u);
  }
  void free_segments() {
    for (auto& seg : ingress_.segments()) {
      if (seg.packet != nullptr) seg.packet->free();
      seg.packet = nullptr;
    }
  }

  Egress egress_{config_, neighbors_, count_};
  Ingress ingress_{config_, egress_, count_};
};

}  // namespace millrace::ip::test
