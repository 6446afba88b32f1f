// Starting EAL for real. It starts once in a process, so each case runs in a child of its own (a death test).
#include <gtest/gtest.h>
#include <rte_interrupts.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "io/eal.h"
#include "pkt/packet_pool.h"

namespace millrace::io {
namespace {

namespace fs = std::filesystem;

/// One process tells another that something has happened.
class Signal {
 public:
  Signal() { EXPECT_EQ(::pipe(ends_), 0); }
  void give() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void take() {
    char byte;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
  }

 private:
  int ends_[2] = {-1, -1};
};

/// The runtime directory is the test's own: DPDK puts it into $RUNTIME_DIRECTORY when that is set.
class EalStartTest : public testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    ::setenv("RUNTIME_DIRECTORY", directory_.c_str(), 1);
  }
  void TearDown() override { fs::remove_all(directory_); }
  static EalConfig config() { return {.memory_mb = 64, .hugepages = Hugepages::No, .file_prefix = "unit"}; }
  static void report(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
    std::exit(0);
  }
  template <class... Arguments>
  static void report_error_of(Arguments&&... arguments) {
    try {
      Eal eal{std::forward<Arguments>(arguments)...};
    } catch (const std::runtime_error& error) {
      report(error.what());
    }
    report("no error");
  }
  /// Starts with what `config` gives, makes a pool, and says whether the telemetry socket is there.
  static void report_telemetry_of(const EalConfig& config) {
    bool socket = false;
    {
      Eal eal{config};
      pkt::PacketPool pool{{.name = "probe", .packets = 63}};
      if (pool.available() != 63) report("no pool");
      socket = fs::exists(eal.runtime_dir() + "/dpdk_telemetry.v2");
    }
    report(socket ? "telemetry socket" : "no socket");
  }
  /// The second process is a child of the first, made before DPDK's threads are.
  static void report_sockets_of_two_processes() {
    Signal ready;
    Signal done;
    if (::fork() == 0) {
      EalConfig other = config();
      other.file_prefix = "other";
      {
        Eal eal{other};
        ready.give();
        done.take();
      }
      std::_Exit(0);
    }
    ready.take();
    bool both = false;
    {
      Eal eal{config()};
      const fs::path mine = eal.runtime_dir();
      both = fs::exists(mine / "dpdk_telemetry.v2") && fs::exists(mine.parent_path() / "other" / "dpdk_telemetry.v2");
    }
    done.give();
    ::wait(nullptr);
    report(both ? "both sockets" : "a socket is missing");
  }

  std::string directory_ = "/tmp/millrace-eal-XXXXXX";
};

using EalStartDeathTest = EalStartTest;

TEST_F(EalStartDeathTest, TelemetryWorksWithoutHugepages) {
  EXPECT_EXIT(report_telemetry_of(config()), testing::ExitedWithCode(0), "telemetry socket");
}

TEST_F(EalStartDeathTest, TelemetryCanBeOff) {
  EalConfig off = config();
  off.telemetry = false;
  EXPECT_EXIT(report_telemetry_of(off), testing::ExitedWithCode(0), "no socket");
}

TEST_F(EalStartDeathTest, TwoProcessesRunSideBySide) {
  EXPECT_EXIT(report_sockets_of_two_processes(), testing::ExitedWithCode(0), "both sockets");
}

/// A TAP named by EAL's own arguments opens with EAL, before any Port does (see io/tap_trigger.h).
TEST_F(EalStartDeathTest, ATapOfItsArgumentsTakesNoSignal) {
  if (::geteuid() != 0 || ::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "needs root and /dev/net/tun";
  const auto report_signals = [] {
    if (::unshare(CLONE_NEWNET) != 0) report("no network namespace");
    EalConfig with_tap = config();
    with_tap.vdevs = {"net_tap0,iface=mrvdev"};
    const Eal eal{with_tap};
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
      struct sigaction action {};
      if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) report("a signal is taken");
    }
    report("all signals are free");
  };
  EXPECT_EXIT(report_signals(), testing::ExitedWithCode(0), "all signals are free");
}

/// The interrupt thread is at work when EAL is to end, as with a driver's news. Its memory may not go before that is
/// done.
TEST_F(EalStartDeathTest, ItsEndWaitsForTheInterruptThread) {
  const auto end_during_an_interrupt = [] {
    static std::atomic<int> stage = 0;
    static const int event = ::eventfd(1, 0);
    {
      const Eal eal{config()};
      const auto work = [](void*) {
        eventfd_t count = 0;
        eventfd_read(event, &count);
        stage = 1;
        for (std::atomic<int> i = 0; i < 10'000'000; ++i) continue;  // some 50 ms of its processor
        stage = 2;
      };
      rte_intr_handle* const handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
      if (rte_intr_fd_set(handle, event) != 0 || rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT) != 0 ||
          rte_intr_callback_register(handle, work, nullptr) != 0)
        report("no source");
      rte_intr_instance_free(handle);
      while (stage == 0) std::this_thread::yield();
    }
    report(stage == 2 ? "it was done" : "it was at work");
  };
  EXPECT_EXIT(end_during_an_interrupt(), testing::ExitedWithCode(0), "it was done");
}

TEST_F(EalStartDeathTest, ASecondStartSaysWhy) {
  const auto twice = [] {
    Eal eal{config()};
    report_error_of(config());
  };
  EXPECT_EXIT(twice(), testing::ExitedWithCode(0), "started once: start a new process");
}

TEST_F(EalStartDeathTest, AnUnknownDeviceIsNamedWithTheNextStep) {
  EalConfig wrong = config();
  wrong.vdevs = {"net_nonsense0"};
  EXPECT_EXIT(report_error_of(wrong), testing::ExitedWithCode(0),
              "cannot start DPDK: .*net_nonsense0.*; check the device arguments");
}

TEST_F(EalStartDeathTest, ACpuThatDoesNotExistIsAnErrorNotAnExit) {
  EalConfig wrong = config();
  wrong.lcores = "0@100000";
  EXPECT_EXIT(report_error_of(wrong), testing::ExitedWithCode(0), "cannot start DPDK: .*; give lcores on CPUs");
}

TEST_F(EalStartDeathTest, RawArgumentsAreTakenAsTheyAre) {
  const auto raw = [] {
    Eal eal{std::vector<std::string>{"x", "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry", "-m", "64"}};
    report(eal.arguments()[1] + std::to_string(eal.arguments().size()));
  };
  EXPECT_EXIT(raw(), testing::ExitedWithCode(0), "--no-huge7");
}

}  // namespace
}  // namespace millrace::io
