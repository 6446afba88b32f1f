// The outcomes' names, in the order of the enum.
#include "tcp/outcome.h"

namespace millrace::tcp {

std::string_view to_string(Outcome outcome) noexcept {
  static constexpr std::array<std::string_view, kOutcomes> names = {"processed",
                                                                    "delivered",
                                                                    "queued",
                                                                    "answered_syn",
                                                                    "answered_reset",
                                                                    "answered_challenge",
                                                                    "answered_time_wait",
                                                                    "dropped_not_acceptable",
                                                                    "dropped_paws",
                                                                    "dropped_no_timestamp",
                                                                    "dropped_reset",
                                                                    "dropped_no_ack",
                                                                    "dropped_ack_outside",
                                                                    "dropped_bad_handshake",
                                                                    "dropped_memory",
                                                                    "dropped_table_full",
                                                                    "dropped_pressure",
                                                                    "dropped_time_wait",
                                                                    "dropped_rst_to_nobody",
                                                                    "dropped_by_policy",
                                                                    "dropped_listener_full"};
  const auto index = static_cast<std::size_t>(outcome);
  return index < names.size() ? names[index] : "?";
}

}  // namespace millrace::tcp
