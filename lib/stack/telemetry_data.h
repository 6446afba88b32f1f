// DPDK's telemetry values, with owners: dictionaries within an answer, counters and texts of any length in them.
#pragma once

#include <rte_telemetry.h>
#include <rte_version.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::stack {

/// A dictionary or list within another; DPDK frees it when it has been written out.
struct FreeTelemetryData {
  void operator()(rte_tel_data* data) const noexcept { rte_tel_data_free(data); }
};
using TelemetryData = std::unique_ptr<rte_tel_data, FreeTelemetryData>;

[[nodiscard]] inline TelemetryData telemetry_dictionary() {
  TelemetryData data{rte_tel_data_alloc()};
  if (data) rte_tel_data_start_dict(data.get());
  return data;
}

/// False when DPDK refuses it: the name holds something besides letters, digits, '_' and '/', or 256 entries are there.
inline bool put(rte_tel_data* to, const std::string& name, std::uint64_t value) {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
  return rte_tel_data_add_dict_uint(to, name.c_str(), value) == 0;
#else
  return rte_tel_data_add_dict_u64(to, name.c_str(), value) == 0;
#endif
}

/// What is refused (256 entries, memory) is left out.
inline void put(rte_tel_data* to, const std::string& name, TelemetryData value) {
  if (value && rte_tel_data_add_dict_container(to, name.c_str(), value.get(), 0) == 0) (void)value.release();
}

/// DPDK's JSON is broken by what is not ASCII.
[[nodiscard]] inline std::string ascii(std::string_view text) {
  std::string all{text};
  std::ranges::replace_if(
      all, [](char c) { return c < ' ' || c > '~'; }, '?');
  return all;
}

/// A text longer than DPDK's strings is a list of pieces that belong together.
inline void put(rte_tel_data* to, const std::string& name, std::string_view text) {
  constexpr std::size_t kMost = RTE_TEL_MAX_STRING_LEN - 1;
  const std::string whole = ascii(text);
  if (whole.size() <= kMost) {
    rte_tel_data_add_dict_string(to, name.c_str(), whole.c_str());
    return;
  }
  TelemetryData pieces{rte_tel_data_alloc()};
  if (!pieces) return;
  rte_tel_data_start_array(pieces.get(), RTE_TEL_STRING_VAL);
  for (std::size_t begin = 0; begin < whole.size(); begin += kMost)
    rte_tel_data_add_array_string(pieces.get(), whole.substr(begin, kMost).c_str());
  put(to, name, std::move(pieces));
}

/// Counters under their names. Those that DPDK refuses are counted in the last entry, for which there is always room.
class CounterDictionary {
 public:
  /// `to` is an empty dictionary.
  explicit CounterDictionary(rte_tel_data* to) noexcept : to_(to) {}
  void add(std::string_view name, std::uint64_t value) {
    if (entries_ + 1 < RTE_TEL_MAX_DICT_ENTRIES && put(to_, std::string{name}, value))
      ++entries_;
    else
      ++refused_;
  }
  void end() { put(to_, "entries_refused", refused_); }

 private:
  rte_tel_data* to_;
  std::size_t entries_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace millrace::stack
