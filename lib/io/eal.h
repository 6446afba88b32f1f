// Starts DPDK's environment (EAL) from our settings, or from raw arguments given by somebody who knows DPDK.
//
// With free hugepages EAL runs as usual. Without, it runs on ordinary memory: `--no-huge -m MB --no-shconf`. In that
// set there are no files shared with other processes (so dpdk-dumpcap cannot attach), but the telemetry socket
// `/var/run/dpdk/<file_prefix>/dpdk_telemetry.v2` appears in both; DPDK refuses `--in-memory` beside `--no-huge`.
// Two processes run side by side when their file_prefix differs. DPDK can be started once in a process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {

enum class Hugepages { Auto, Yes, No };  ///< Auto: if enough free ones exist

struct EalConfig {
  std::uint32_t memory_mb = 512;  ///< for all packet pools and rings; at least 1
  Hugepages hugepages = Hugepages::Auto;
  std::string lcores{};                  ///< in DPDK's --lcores syntax ("0@2,1@3"); empty: one, floating over all CPUs
  std::string file_prefix = "millrace";  ///< names the runtime directory; different for each process of a machine
  std::vector<std::string> vdevs{};      ///< devargs of virtual devices, as for --vdev
  std::vector<std::string> pci_allow{};  ///< PCI addresses to use; empty: the PCI bus is left alone
  /// Of EAL, its telemetry and its TAP driver: debug, info, notice, warning, error, critical.
  std::string log_level = "error";
  bool telemetry = true;
  bool single_file = false;  ///< hugepages in one file per size: net_virtio_user's peer maps eight files at most
};

/// What eal_arguments() needs to know of the machine.
struct Machine {
  std::uint64_t free_hugepage_mb = 0;  ///< of page sizes that have a hugetlbfs mount; 0 when there is no mount
  std::vector<unsigned> cpus{};        ///< that this process may run on, ascending
};

[[nodiscard]] Machine this_machine();

/// The hugepages of one size.
struct HugepagePool {
  std::uint64_t page_kb = 0;
  std::uint64_t free = 0;  ///< pages
};
/// What EAL can take: MB in the pools whose page size has a hugetlbfs among `mounts`, the text of /proc/mounts. A mount
/// that names no size is of the default one.
[[nodiscard]] std::uint64_t mounted_hugepage_mb(std::string_view mounts, std::uint64_t default_kb,
                                                std::span<const HugepagePool> pools);

/// The arguments that Eal(config) would start with, program name first. Throws std::runtime_error when the settings
/// cannot work (hugepages demanded but not there; no memory asked for).
[[nodiscard]] std::vector<std::string> eal_arguments(const EalConfig& config, const Machine& machine);

class Eal {
 public:
  /// Throws std::runtime_error: cause and next step.
  explicit Eal(const EalConfig& config);
  /// `arguments` as on a command line, program name first.
  explicit Eal(std::vector<std::string> arguments);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }
  /// Lets dpdk-dumpcap attach (see dumpcap.h); false when DPDK refuses.
  [[nodiscard]] bool allow_dumpcap() const noexcept;
  /// Path of the telemetry socket's directory.
  [[nodiscard]] std::string runtime_dir() const;

 private:
  std::vector<std::string> arguments_;
};

}  // namespace millrace::io
