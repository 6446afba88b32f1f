// DPDK's telemetry values, with owners: dictionaries within an answer.
#pragma once

#include <rte_telemetry.h>
#include <rte_version.h>

#include <cstdint>
#include <memory>
#include <string>

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

inline void put(rte_tel_data* to, const std::string& name, std::uint64_t value) {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
  rte_tel_data_add_dict_uint(to, name.c_str(), value);
#else
  rte_tel_data_add_dict_u64(to, name.c_str(), value);
#endif
}

inline void put(rte_tel_data* to, const std::string& name, const std::string& value) {
  rte_tel_data_add_dict_string(to, name.c_str(), value.c_str());
}

/// What is refused (256 entries, memory) is left out.
inline void put(rte_tel_data* to, const std::string& name, TelemetryData value) {
  if (value && rte_tel_data_add_dict_container(to, name.c_str(), value.get(), 0) == 0) (void)value.release();
}

}  // namespace millrace::stack
