// What a proxy is told before it starts: listeners, upstreams and limits, as plain values.
//
// Programs fill this from their files and have checked it: every listener names an existing upstream, every upstream
// has 1 to kMaxServers servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "api/types.h"
#include "base/time.h"

namespace millrace::proxy {

/// Servers of one upstream; a pair remembers in one 64-bit word which of them it has tried.
inline constexpr std::size_t kMaxServers = 64;

struct UpstreamSettings {
  std::string name;
  std::vector<api::Endpoint> servers;
  std::vector<api::IpAddress> sources;    ///< own addresses to connect from, one with a free port; empty: by route
  Duration connect_timeout = seconds{3};  ///< then the next server is tried
  Duration health_interval = seconds{2};  ///< from the start of one check to the start of the next; 0: no checks
  Duration health_timeout = seconds{1};   ///< a check that is not connected by then has failed
  std::uint8_t fall = 3;                  ///< failed checks in a row that make a server unhealthy
  std::uint8_t rise = 2;                  ///< good checks in a row that make it healthy again
  api::ConnectionOptions options;         ///< of the connections to its servers; buffers come from ProxySettings
};

struct ListenerSettings {
  api::Endpoint address;         ///< unspecified: every own address, see api::Shard::listen
  std::uint16_t upstream = 0;    ///< index in ProxySettings::upstreams
  api::ListenOptions options{};  ///< its buffers are ProxySettings'
};

struct ProxySettings {
  std::vector<ListenerSettings> listeners;
  std::vector<UpstreamSettings> upstreams;
  Duration idle = minutes{5};           ///< no progress in either direction for so long ends a pair; 0: never
  Duration drain = seconds{10};         ///< how long live pairs may last after the proxy was told to stop
  std::uint32_t connections = 100'000;  ///< client connections per process
  std::uint32_t receive_buffer = 0;     ///< of each leg, bytes of real memory; 0: tuned
  std::uint32_t send_buffer = 0;        ///< of each leg, bytes of real memory; 0: tuned
};

}  // namespace millrace::proxy
