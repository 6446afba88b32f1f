// bench-instr: the canonical paths of the stack in one process, for callgrind; scripts/instr runs it and compares.
//
//   bench-instr [PATH...]     "instr.request" and so on; all of them by default
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "count.h"
#include "paths.h"
#include "scene.h"

namespace {

using namespace millrace::bench;

struct Path {
  std::string_view name;
  void (*count)();
};

constexpr std::array kPaths = {
    Path{"instr.request", count_request},
    Path{"instr.connection", count_connection},
    Path{"instr.proxied_connection", count_proxied_connection},
    Path{"instr.proxied_segment", count_proxied_segment},
    Path{"instr.syn_cookie", count_syn_cookie},
    Path{"instr.pure_ack", count_pure_ack},
    Path{"instr.bulk_segment", count_bulk_segment},
    Path{"instr.idle_turn", count_idle_turn},
};

}  // namespace

int main(int argc, char** argv) {
  if (!is_counting()) {
    std::fputs("bench-instr: runs under callgrind only; scripts/instr does that\n", stderr);
    return 2;
  }
  const std::vector<std::string_view> wanted{argv + 1, argv + argc};
  for (const std::string_view name : wanted)
    if (std::ranges::find(kPaths, name, &Path::name) == kPaths.end()) fail("no such path");
  for (const Path& path : kPaths)
    if (wanted.empty() || std::ranges::find(wanted, path.name) != wanted.end()) path.count();
  return 0;
}
