// RFC 4862 5.4.2 to 5.4.5, and the unsolicited advertisement of RFC 4861 7.2.6 for an address that came into use.
#include "ip/dad.h"

#include <algorithm>

#include "base/log.h"

namespace millrace::ip {

DuplicateDetection::DuplicateDetection(const IpConfig& config, NdpSender& sender, IpCounters& counters)
    : config_(config), sender_(sender), counters_(counters) {
  const auto addresses = config.addresses.all();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint8_t transmits = config.ports[addresses[i].port].dad_transmits;
    if (addresses[i].ip.is_v4() || transmits == 0) continue;
    const auto index = static_cast<std::uint16_t>(i);
    config.states->set(index, AddressState::Tentative);
    attempts_.push_back({index, transmits});
  }
}

void DuplicateDetection::start(Time now) noexcept {
  const auto addresses = config_.addresses.all();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (!addresses[i].ip.is_v4() && config_.states->usable(index)) announce(index);
  }
  next_deadline_.reset();
  for (Attempt& attempt : attempts_) try_once(attempt, now);
}

void DuplicateDetection::refuse(std::uint16_t index, const wire::MacAddress& owner) noexcept {
  if ((*config_.states)[index] != AddressState::Tentative) return;
  config_.states->set(index, AddressState::Duplicate);
  std::erase_if(attempts_, [index](const Attempt& attempt) { return attempt.index == index; });
  ++counters_.addresses_refused;
  base::log_error("address {} of port {} is in use by {}: it will not be used until a restart",
                  config_.addresses[index].ip.to_string(), config_.addresses[index].port, owner.to_string());
}

void DuplicateDetection::tick(Time now) noexcept {
  if (!next_deadline_ || now < *next_deadline_) return;
  next_deadline_.reset();
  for (Attempt& attempt : attempts_) {
    if (now < attempt.deadline) {
      next_deadline_ = std::min(next_deadline_.value_or(attempt.deadline), attempt.deadline);
    } else if (attempt.left > 0) {
      try_once(attempt, now);
    } else {
      config_.states->set(attempt.index, AddressState::Usable);
      announce(attempt.index);
    }
  }
  std::erase_if(attempts_, [this](const Attempt& attempt) { return config_.states->usable(attempt.index); });
}

/// RFC 4862 5.4.2: from the unspecified address, and so without our MAC.
void DuplicateDetection::try_once(Attempt& attempt, Time now) noexcept {
  const LocalAddress& local = config_.addresses[attempt.index];
  const wire::IpAddress group = wire::solicited_node(local.ip);
  sender_.send({local.port, wire::multicast_mac(group), {}, group}, wire::NeighborSolicitation{local.ip, std::nullopt});
  --attempt.left;
  attempt.deadline = now + kRetransTimer;
  next_deadline_ = std::min(next_deadline_.value_or(attempt.deadline), attempt.deadline);
}

void DuplicateDetection::announce(std::uint16_t index) noexcept {
  const LocalAddress& local = config_.addresses[index];
  const wire::NeighborAdvertisement news{local.ip, false, false, true, config_.ports[local.port].mac};
  sender_.send({local.port, wire::multicast_mac(wire::kAllNodes), local.ip, wire::kAllNodes}, news);
}

}  // namespace millrace::ip
