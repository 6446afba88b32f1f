// How the program ends, for scripts and service managers.
#pragma once

namespace millrace::config {

enum ExitCode : int {
  kExitStopped = 0,   ///< asked to stop, drained; or --check found no error
  kExitFailed = 1,    ///< could not start: DPDK, a port, a listener
  kExitConfig = 2,    ///< the command line or the configuration is wrong
  kExitCutShort = 3,  ///< a second signal ended the draining
};

}  // namespace millrace::config
