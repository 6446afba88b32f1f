// The main() of every test that needs packets: starts DPDK's EAL once, runs the tests, cleans up.
//
// No hugepages, no PCI, no files shared with other processes and no telemetry socket, so it runs unprivileged and any
// number of tests run side by side. The one lcore floats over all CPUs that this process may use: EAL would otherwise
// pin every test of a parallel run onto the same CPU.
//
// AddressSanitizer needs no option of its own here. Memory that EAL maps is no root for LeakSanitizer, so a heap block
// that only an mbuf refers to is reported as leaked: a test has to give back every packet it takes, which is intended.
#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

std::string lcore_on_every_allowed_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::string list;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) list += (list.empty() ? "0@(" : ",") + std::to_string(cpu);
  return list + ")";
}

bool start_eal() {
  std::vector<std::string> arguments = {"millrace-test",
                                        "--no-huge",
                                        "--no-shconf",
                                        "--no-pci",
                                        "--no-telemetry",
                                        "--log-level=lib.eal:error",
                                        "-m",
                                        "1024",
                                        "--lcores",
                                        lcore_on_every_allowed_cpu()};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0) return true;
  std::fprintf(stderr, "cannot start DPDK's EAL: %s\n", rte_strerror(rte_errno));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!start_eal()) return 1;
  std::atexit([] { rte_eal_cleanup(); });  // after the destructors of pools that are function-local statics
  return RUN_ALL_TESTS();
}
