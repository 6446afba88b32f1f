// Port and DpdkQueue over net_tap: a real device of the kernel, in a network namespace of the test's own.
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

#include "io/port.h"

namespace millrace::io {
namespace {

constexpr std::uint16_t kEtherType = 0x88b5;  // IEEE 802, for local experiments: nothing else speaks it
constexpr std::size_t kFrame = 60;

/// A raw socket on the kernel's side of the TAP.
class KernelSide {
 public:
  explicit KernelSide(const char* interface) : fd_(::socket(AF_PACKET, SOCK_RAW, htons(kEtherType))) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(kEtherType);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};  // a bound for a broken test, not a wait
    EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  }
  ~KernelSide() { ::close(fd_); }
  void send(const std::array<std::byte, kFrame>& frame) const {
    ASSERT_EQ(::send(fd_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }
  std::array<std::byte, kFrame> receive() const {
    std::array<std::byte, kFrame> frame{};
    EXPECT_EQ(::recv(fd_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    return frame;
  }

 private:
  int fd_;
};

std::array<std::byte, kFrame> frame(std::uint8_t mark) {
  std::array<std::byte, kFrame> bytes{};
  bytes.fill(std::byte{mark});
  std::fill_n(bytes.begin(), 6, std::byte{0xff});
  bytes[6] = std::byte{0x02};
  bytes[12] = std::byte{kEtherType >> 8};
  bytes[13] = std::byte{kEtherType & 0xff};
  return bytes;
}

int mtu_of(const char* interface) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  const bool known = ::ioctl(fd, SIOCGIFMTU, &request) == 0;
  ::close(fd);
  return known ? request.ifr_mtu : -1;
}

class TapTest : public testing::Test {
 protected:
  void SetUp() override {
    static const bool own_namespace = ::unshare(CLONE_NEWNET) == 0;
    if (!own_namespace) GTEST_SKIP() << "cannot make a network namespace: " << std::strerror(errno);
    if (::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun: " << std::strerror(errno);
  }
  PortConfig config() { return {.device = "net_tap0,iface=mrtap", .index = 4, .mtu = 1400, .rx_pool = &pool_}; }

  pkt::PacketPool pool_{{.name = "tap", .packets = 4095, .data_size = 2048}};
};

/// The kernel would let it share the first one's packets, and take its MAC away.
TEST_F(TapTest, ASecondPortOnTheSameInterfaceIsRefused) {
  {
    Port port = Port::open(config());
    port.start();
    PortConfig second = config();
    second.device = "net_tap1,iface=mrtap";
    try {
      (void)Port::open(second);
      ADD_FAILURE() << "it was opened";
    } catch (const std::runtime_error& refusal) {
      EXPECT_STREQ(refusal.what(),
                   "cannot open port 'net_tap1,iface=mrtap': the interface mrtap is in use already; give this port an "
                   "iface of its own, or end the process that has it");
    }
    EXPECT_EQ(mtu_of("mrtap"), 1400);
  }
  EXPECT_NO_THROW((void)Port::open(config())) << "it went with its port";
}

/// What the driver does with a signal per frame loses frames, see io/tap_trigger.h.
TEST_F(TapTest, TakesNoSignal) {
  const int ours = SIGRTMIN + 3;
  const auto nothing = [](int) {};
  ASSERT_NE(::signal(ours, nothing), SIG_ERR);
  Port port = Port::open(config());
  port.start();
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    ASSERT_EQ(::sigaction(number, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler == SIG_DFL, number != ours) << "signal " << number;
  }
  ::signal(ours, SIG_DFL);
}

TEST_F(TapTest, CarriesFramesBothWaysAndWakesASleeper) {
  Port port = Port::open(config());
  port.start();
  EXPECT_EQ(mtu_of("mrtap"), 1400);
  EXPECT_FALSE(port.info().offloads.tx_tcp_checksum);  // it would sum chains wrongly
  EXPECT_TRUE(port.info().offloads.tx_ipv4_checksum);
  EXPECT_TRUE(port.info().rx_interrupt);
  KernelSide kernel{"mrtap"};
  DpdkQueue queue = port.queue(0);
  std::array<pkt::Packet*, 32> room{};

  ASSERT_TRUE(queue.enable_rx_interrupt());
  EXPECT_GE(queue.epoll_fd(), 0);
  kernel.send(frame(0x11));
  pkt::Packet* got = nullptr;
  for (int turn = 0; turn < 100 && got == nullptr; ++turn) {  // the kernel may send frames of its own first
    ASSERT_TRUE(queue.wait(seconds{10}));
    for (pkt::Packet* p : std::span{room}.first(queue.rx_burst(room))) {
      if (got == nullptr && p->length() == kFrame && p->data()[12] == std::byte{kEtherType >> 8})
        got = p;
      else
        p->free();
    }
    ASSERT_TRUE(queue.enable_rx_interrupt());
  }
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(std::memcmp(got->data(), frame(0x11).data(), kFrame), 0);
  EXPECT_EQ(got->meta().port, 4);

  std::memcpy(got->data(), frame(0x22).data(), kFrame);
  ASSERT_EQ(queue.tx_burst({&got, 1}), 1u);
  EXPECT_EQ(kernel.receive(), frame(0x22));
  EXPECT_EQ(port.stats().tx_packets, 1u);
  EXPECT_EQ(port.stats().tx_bytes, kFrame);
  EXPECT_GE(port.stats().rx_bytes, kFrame);
}

TEST_F(TapTest, WaitEndsWithItsTimeout) {
  Port port = Port::open(config());
  port.start();
  DpdkQueue queue = port.queue(0);
  std::array<pkt::Packet*, 32> room{};
  ASSERT_TRUE(queue.enable_rx_interrupt());
  for (int turn = 0; turn < 100 && queue.wait(Duration{0}); ++turn)
    for (pkt::Packet* p : std::span{room}.first(queue.rx_burst(room))) p->free();
  EXPECT_FALSE(queue.wait(Duration{-1}));
}

TEST_F(TapTest, TheMacAddressCanBeChosen) {
  PortConfig asked = config();
  asked.mac = wire::MacAddress{{0x02, 0, 0, 0, 0, 0x17}};
  Port port = Port::open(asked);
  EXPECT_EQ(port.info().mac, *asked.mac);
  port.set_mac({{0x02, 0, 0, 0, 0, 0x18}});
  EXPECT_EQ(port.info().mac.bytes[5], 0x18);
}

TEST_F(TapTest, WithoutTheInterruptAskedForItNeverSleeps) {
  PortConfig asked = config();
  asked.rx_interrupt = false;
  Port port = Port::open(asked);
  port.start();
  EXPECT_FALSE(port.info().rx_interrupt);
  DpdkQueue queue = port.queue(0);
  EXPECT_FALSE(queue.enable_rx_interrupt());
  EXPECT_FALSE(queue.wait(hours{1}));
}

TEST_F(TapTest, TheSameDeviceTwiceIsAClearError) {
  Port port = Port::open(config());
  EXPECT_THROW((void)Port::open(config()), std::runtime_error);
}

}  // namespace
}  // namespace millrace::io
