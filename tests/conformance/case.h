// A case of the conformance test: a named script, on one IP version or on both.
#pragma once

#include <string>
#include <vector>

#include "conformance/script.h"

namespace millrace::conformance {

enum class Versions { Ipv4, Ipv6, Both };

struct Case {
  std::string name;
  void (*run)(Script& s);
  Versions versions = Versions::Ipv4;
};

/// A case on one IP version.
struct Play {
  std::string name;       ///< "group.case", on IPv6 "group.case_ipv6"
  std::string case_name;  ///< "group.case"
  void (*run)(Script& s);
  int family;
};

/// Every case of every file, in the order of the files.
std::vector<Play> all_plays();

/// The trace of a play in this world.
std::vector<std::string> perform(const Play& play, World& world);

}  // namespace millrace::conformance
