#include "unit/ip/ingress_fixture.h"
#include "wire/icmp.h"

namespace millrace::ip::test {
namespace {

class IngressIcmpTest : public IngressTest {
 protected:
  static Bytes with_checksum(Bytes message) {
    wire::store_be16(&message[2], 0);
    wire::store_be16(&message[2], wire::checksum(message));
    return message;
  }
  static Bytes frame(const Bytes& message, TcpFrame f = {}) {
    return ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, wire::kProtocolIcmp, message));
  }
  static Bytes quote(const char* source = "0a000001", const char* protocol = "06") {
    return hex("4500 0028 0000 4000 40") + hex(protocol) + hex("0000") + hex(source) +
           hex("cb007101 0050 15b3 01020304");
  }
  static Bytes error(const char* head, const Bytes& quoted = quote()) {
    return frame(with_checksum(hex(head) + quoted));
  }
  static Bytes echo(std::size_t size) {
    Bytes message(size, std::byte{0x61});
    message[0] = std::byte{8};
    message[1] = std::byte{0};
    return with_checksum(message);
  }
};

// Proves MUST-54.
TEST_F(IngressIcmpTest, ErrorsCarryTheFlowTheyQuote) {
  struct Case {
    const char* head;
    IcmpKind kind;
    std::uint8_t type, code;
    std::uint16_t mtu;
  };
  const Case cases[] = {
      {"03 00 0000 00000000", IcmpKind::HostUnreachable, 3, 0, 0},
      {"03 01 0000 00000000", IcmpKind::HostUnreachable, 3, 1, 0},
      {"03 02 0000 00000000", IcmpKind::ProtocolUnreachable, 3, 2, 0},
      {"03 03 0000 00000000", IcmpKind::PortUnreachable, 3, 3, 0},
      {"03 04 0000 000005dc", IcmpKind::PacketTooBig, 3, 4, 1500},
      {"03 05 0000 00000000", IcmpKind::HostUnreachable, 3, 5, 0},
      {"03 0d 0000 00000000", IcmpKind::HostUnreachable, 3, 13, 0},
      {"0b 00 0000 00000000", IcmpKind::TimeExceeded, 11, 0, 0},
      {"0c 02 0000 00000000", IcmpKind::ParameterProblem, 12, 2, 0},
  };
  for (const auto& c : cases) {
    receive(error(c.head));
    ASSERT_EQ(ingress_.icmp_errors().size(), 1u) << c.head;
    const auto& e = ingress_.icmp_errors()[0];
    EXPECT_EQ(e.key, (flow::FlowKey{ip("203.0.113.1").bytes, 0, 0, 5555, 80})) << c.head;
    EXPECT_EQ(e.kind, c.kind) << c.head;
    EXPECT_EQ(e.type, c.type);
    EXPECT_EQ(e.code, c.code);
    EXPECT_EQ(e.mtu, c.mtu);
    EXPECT_EQ(e.seq, wire::SeqNum{0x01020304});
  }
  EXPECT_EQ(count_.icmp_errors.get(), std::size(cases));
  receive(error("03 03 0000 00000000", quote("0a000002")));
  EXPECT_EQ(ingress_.icmp_errors()[0].key.local_index, 2);
}

TEST_F(IngressIcmpTest, QuotesOfOthersAreDropped) {
  expect_drop(error("03 03 0000 00000000", quote("0a000003")), DropReason::IcmpQuoteNotOurs);
  expect_drop(error("03 03 0000 00000000", quote("0a000001", "11")), DropReason::IcmpQuoteNotOurs);
  const auto all = quote();
  expect_drop(error("03 03 0000 00000000", Bytes(all.begin(), all.end() - 1)), DropReason::IcmpQuoteNotOurs);
}

// Proves MUST-55.
TEST_F(IngressIcmpTest, SourceQuenchAndOthersAreDropped) {
  expect_drop(error("04 00 0000 00000000"), DropReason::SourceQuench);
  expect_drop(error("05 01 0000 0a000009"), DropReason::IcmpNotHandled);
  expect_drop(error("00 00 0000 00000000"), DropReason::IcmpNotHandled);
  expect_drop(error("0d 00 0000 00000000"), DropReason::IcmpNotHandled);
}

TEST_F(IngressIcmpTest, DamagedMessagesAreDropped) {
  expect_drop(frame(Bytes(7)), DropReason::BadIcmpHeader);
  auto message = echo(16);
  message[15] ^= std::byte{1};
  expect_drop(frame(message), DropReason::BadIcmpChecksum);
}

TEST_F(IngressIcmpTest, ChainsAreNotUnderstood) {
  const auto bytes = frame(echo(40));
  auto* p = packet(Bytes(bytes.begin(), bytes.begin() + 50));
  pkt::chain(*p, *millrace::test::make_heap_packet(pool(), std::span{bytes}.subspan(50), {}));
  receive(p);
  EXPECT_EQ(dropped(DropReason::HeaderNotContiguous), 1u);
}

TEST_F(IngressIcmpTest, EchoIsAnswered) {
  know(0, "10.0.0.9", 9);
  TcpFrame f;
  f.destination = "10.0.0.2";
  receive(frame(echo(12), f) + Bytes(10));
  EXPECT_EQ(count_.echoes_answered.get(), 1u);
  const auto sent = take_frames();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_EQ(sent[0].size(), 14u + 20 + 12) << "padding is not echoed";
  EXPECT_EQ(wire::parse_ethernet(sent[0]).value().destination, mac(9));
  const auto h = wire::parse_ipv4(std::span{sent[0]}.subspan(14)).value();
  EXPECT_EQ(h.source, ip("10.0.0.2"));
  EXPECT_EQ(h.destination, ip("10.0.0.9"));
  const auto message = std::span<const std::byte>{sent[0]}.subspan(34);
  EXPECT_EQ(message[0], std::byte{0});
  EXPECT_EQ(wire::checksum(message), 0);
  EXPECT_EQ(message[11], std::byte{0x61});
}

TEST_F(IngressIcmpTest, EchoSizeIsBounded) {
  know(0, "10.0.0.9", 9);
  receive(frame(echo(Ingress::kMaxEchoBytes)));
  EXPECT_EQ(take_frames().size(), 1u);
  expect_drop(frame(echo(Ingress::kMaxEchoBytes + 1)), DropReason::EchoRefused);
}

TEST_F(IngressIcmpTest, ASharedPacketIsNotRewritten) {
  auto* p = packet(frame(echo(12)));
  p->add_reference();
  receive(p);
  EXPECT_EQ(dropped(DropReason::EchoRefused), 1u);
  p->free();
}

TEST_F(IngressIcmpTest, EchoRateIsLimitedPerMillisecond) {
  know(0, "10.0.0.9", 9);
  const auto ping = [&](std::int64_t ns) { receive(packet(frame(echo(8))), time_from_ns(ns)); };
  for (unsigned i = 0; i < Ingress::kEchoesPerMs; ++i) ping(5'000'000 + i);
  EXPECT_EQ(count_.echoes_answered.get(), Ingress::kEchoesPerMs);
  ping(5'999'999);
  EXPECT_EQ(dropped(DropReason::EchoRateLimited), 1u);
  ping(6'000'000);
  EXPECT_EQ(count_.echoes_answered.get(), Ingress::kEchoesPerMs + 1);
  for (unsigned i = 1; i < Ingress::kEchoesPerMs; ++i) ping(6'000'000);
  ping(6'000'000);
  EXPECT_EQ(dropped(DropReason::EchoRateLimited), 2u);
}

}  // namespace
}  // namespace millrace::ip::test
