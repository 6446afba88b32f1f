// RFC 4862 5.4.2 to 5.4.5, and the unsolicited advertisement of RFC 4861 7.2.6 for an address that came into use.
#include "ip/dad.h"

#include "base/log.h"

namespace millrace::ip {

DuplicateDetection::DuplicateDetection(const IpConfig& config, NdpSender& sender, IpCounters& counters)
    : config_(config), sender_(sender), counters_(counters) {
  const auto addresses = config.addresses.all();
  repeats_.reserve(addresses.size());
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
  next_deadline_.reset();
  repeats_.clear();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (!addresses[i].ip.is_v4() && config_.states->usable(index)) announce(index, now);
  }
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
  std::erase_if(repeats_, [&](const Repeat& repeat) {
    const bool due = now >= repeat.deadline;
    due ? advertise(repeat.index) : wake_at(repeat.deadline);
    return due;
  });
  for (Attempt& attempt : attempts_) {
    if (now < attempt.deadline) {
      wake_at(attempt.deadline);
    } else if (attempt.left > 0) {
      try_once(attempt, now);
    } else {
      config_.states->set(attempt.index, AddressState::Usable);
      announce(attempt.index, now);
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
  wake_at(attempt.deadline);
}

void DuplicateDetection::announce(std::uint16_t index, Time now) noexcept {
  advertise(index);
  repeats_.push_back({index, now + kAnnounceInterval});
  wake_at(repeats_.back().deadline);
}

void DuplicateDetection::advertise(std::uint16_t index) noexcept {
  const LocalAddress& local = config_.addresses[index];
  const wire::NeighborAdvertisement news{local.ip, false, false, true, config_.ports[local.port].mac};
  sender_.send({local.port, wire::multicast_mac(wire::kAllNodes), local.ip, wire::kAllNodes}, news);
}

void DuplicateDetection::wake_at(Time deadline) noexcept { next_deadline_ = earlier(next_deadline_, deadline); }

}  // namespace millrace::ip
