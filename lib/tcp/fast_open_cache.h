// The client's memory for TCP Fast Open (RFC 7413 4.1.3): what servers gave, and who does not like it.
//
// By server address, port and our own address: cookies hold for a pair of addresses, and a service may refuse what its
// neighbor grants (4.1.3.1). After a refusal or a loss the server is spared for a minute, twice as long after each
// further one. Bounded: what finds no room pushes out what was used longest ago. Used by fast_open_client only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/siphash.h"
#include "base/time.h"
#include "flow/flow_key.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

class FastOpenCache {
 public:
  static constexpr std::size_t kSets = 256;
  static constexpr std::size_t kWays = 4;
  static constexpr Duration kFirstRest = minutes{1};  ///< no attempt for so long after the first failure
  static constexpr unsigned kMostDoublings = 6;

  explicit FastOpenCache(const base::SipKey& secret);

  /// What is known of the server of `key`.
  struct Answer {
    bool refused = false;         ///< no attempt now
    wire::FastOpenCookie cookie;  ///< length 0: none
    std::uint16_t mss = 0;        ///< that the server announced with it; 0: none
  };
  [[nodiscard]] Answer find(const flow::FlowKey& key, Time now) const noexcept;

  /// The server gave a cookie.
  void learn(const flow::FlowKey& key, const wire::FastOpenCookie& cookie, std::uint16_t mss, Time now) noexcept;
  /// It took text on a SYN.
  void worked(const flow::FlowKey& key, Time now) noexcept;
  /// It did not, or gave no cookie, or never saw the SYN.
  void failed(const flow::FlowKey& key, Time now) noexcept;

 private:
  struct Server {
    std::array<std::uint8_t, 16> address;
    std::uint16_t port;
    std::uint16_t local_index;
    friend bool operator==(const Server&, const Server&) = default;
  };
  struct Entry {
    Server server{};  ///< port 0: free
    Time used{};
    Time rest_ends{};  ///< no attempt before
    std::uint16_t mss = 0;
    std::uint8_t failures = 0;  ///< in a row
    wire::FastOpenCookie cookie;
  };
  [[nodiscard]] static Server server_of(const flow::FlowKey& key) noexcept;
  [[nodiscard]] std::size_t set_of(const Server& server) const noexcept;
  /// The server's entry, or the one that makes room.
  [[nodiscard]] Entry& place(const flow::FlowKey& key, Time now) noexcept;

  base::SipKey secret_;
  std::vector<Entry> entries_;  ///< kSets sets of kWays
};

}  // namespace millrace::tcp
