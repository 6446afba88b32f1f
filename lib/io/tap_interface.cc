// The kernel keeps a TAP's carrier exactly as long as a file of it is attached, and tells of it while the interface is
// up. Asked by ethtool's call: /sys may be that of another network namespace.
#include "io/tap_interface.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::io {
namespace {

/// One question of ethtool's about an interface; false when there is no answer.
template <class Question>
bool ask(const std::string& interface, std::uint32_t command, Question& question) noexcept {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  question.cmd = command;
  ifreq request{};
  std::memcpy(request.ifr_name, interface.c_str(), interface.size());
  request.ifr_data = reinterpret_cast<char*>(&question);
  const bool answered = ::ioctl(socket, SIOCETHTOOL, &request) == 0;
  ::close(socket);
  return answered;
}

bool is_tap(const std::string& interface) noexcept {
  ethtool_drvinfo driver{};
  return ask(interface, ETHTOOL_GDRVINFO, driver) && std::string_view{driver.driver} == "tun";
}

bool has_carrier(const std::string& interface) noexcept {
  ethtool_value link{};
  return ask(interface, ETHTOOL_GLINK, link) && link.data != 0;
}

}  // namespace

std::optional<std::string> tap_in_use(const std::string& devargs) {
  constexpr std::string_view kKey = ",iface=";
  const std::size_t at = devargs.find(kKey);
  if (!devargs.starts_with("net_tap") || at == std::string::npos) return std::nullopt;
  const std::size_t start = at + kKey.size();
  std::string interface = devargs.substr(start, devargs.find(',', start) - start);
  if (interface.empty() || interface.size() >= IFNAMSIZ) return std::nullopt;
  if (!is_tap(interface) || !has_carrier(interface)) return std::nullopt;
  return interface;
}

}  // namespace millrace::io
