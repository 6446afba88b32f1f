// Everything of a worker that has a 4-tuple, for people, a page at a time: connections, TIME-WAIT and half-open
// entries.
//
// Filling a page walks the tables in bounded slices, one per turn, and copies numbers: a million connections stop
// nobody, and making text of them is the asker's work. The cursor is a place in the tables: connections that come and
// go meanwhile may be missed, none is listed twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "stack/inbox.h"
#include "tcp/closed_log.h"
#include "tcp/sending_facts.h"
#include "tcp/state.h"
#include "wire/address.h"

namespace millrace::stack {

class Shard;

struct Endpoints {
  wire::IpAddress local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
};

/// What is listed; empty: everything. Hosts are alternatives and so are ports; one of each kind that is given must be
/// on either side.
struct ListFilter {
  std::vector<wire::IpAddress> hosts{};
  std::vector<std::uint16_t> ports{};
  std::uint32_t states = ~0u;  ///< bit per tcp::State
  [[nodiscard]] bool matches(const Endpoints& ends, tcp::State state) const noexcept;
};

enum class ListedTimer : std::uint8_t { Retransmit, DelayedAck, Idle, User, Count };
inline constexpr std::size_t kListedTimers = static_cast<std::size_t>(ListedTimer::Count);

struct ConnectionRow {
  std::uint32_t place = 0;  ///< the cursor that begins with this row
  Endpoints ends;
  tcp::State state = tcp::State::Closed;
  bool active = false;      ///< opened by us
  std::uint32_t flags = 0;  ///< tcp::Flag
  Duration age{-1};         ///< negative: not known
  std::uint32_t recv_q = 0, send_q = 0, flight = 0;
  std::array<Duration, kListedTimers> timers{Duration{-1}, Duration{-1}, Duration{-1},
                                             Duration{-1}};  ///< negative: off
  Duration rto{-1};
  std::uint32_t srtt_us = 0, rttvar_us = 0;
  std::uint32_t backoff = 0;  ///< doublings of the RTO; SYN,ACKs repeated
  std::uint32_t cwnd = 0, ssthresh = 0, mss = 0, snd_wnd = 0, rcv_wnd = 0;
  std::uint8_t snd_wscale = 0, rcv_wscale = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint32_t retransmits = 0;
  tcp::SendingFacts sending;
};

struct ConnectionPage {
  std::vector<ConnectionRow> rows;
  std::uint32_t cursor = 0;  ///< where to go on: a tcp::Kind and an index
  bool end = false;          ///< nothing is behind the cursor
};

struct ClosedRow {
  std::uint64_t number = 0;  ///< the cursor that begins with this row
  Endpoints ends;
  tcp::Closed entry;
};

struct ClosedPage {
  std::vector<ClosedRow> rows;
  std::uint64_t cursor = 0;  ///< where to go on: a number of the log
  bool end = false;
  /// Where the log ended when the listing began; what ends later is not listed. Set by the first call.
  std::optional<std::uint64_t> log_end;
};

inline constexpr std::uint32_t kListSlice = 256;  ///< places looked at per call

/// Looks at the next slice: Again until the page has `most` rows or the tables end. Runs on the shard's worker.
[[nodiscard]] TaskState fill_page(const Shard& shard, const ListFilter& filter, std::size_t most, ConnectionPage& page);

/// The same for what has ended, oldest first.
[[nodiscard]] TaskState fill_page(const Shard& shard, const tcp::ClosedLog& log, const ListFilter& filter,
                                  std::size_t most, ClosedPage& page);

}  // namespace millrace::stack
