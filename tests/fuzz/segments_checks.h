// What holds of every connection of fuzz_segments' host between two turns.
#pragma once

#include "sim/host.h"

namespace millrace::fuzz {

/// Every Tcb keeps its order: of sequence numbers, of what it has sent, and of its deadlines.
void check_tcbs(sim::Host& host);

}  // namespace millrace::fuzz
