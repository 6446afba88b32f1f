// The owner hash in software: a sum of folded products, one odd constant per word, then a finaliser. Nothing here is
// secret: a peer that aims at one worker could as well aim at a NIC's queue.
#include "flow/rss.h"

#include "base/load.h"
#include "base/wide.h"

namespace millrace::flow {
namespace {

// The finaliser of MurmurHash3.
std::uint64_t finalise(std::uint64_t h) noexcept {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  return h ^ h >> 33;
}

// Both halves of the product: the low half alone would forget most of a word's high bytes, where hosts and subnets lie.
std::uint64_t fold(std::uint64_t word, std::uint64_t factor) noexcept {
  const auto product = base::Uint128{word} * factor;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Independent products, so they overlap; the roles have different constants, so exchanging the ends changes the hash.
std::uint64_t hash_addresses(const wire::IpAddress& local, const wire::IpAddress& remote) noexcept {
  std::uint64_t h = fold(base::load_u64(&local.bytes[0]), 0x9e3779b97f4a7c15);
  h += fold(base::load_u64(&local.bytes[8]), 0xbf58476d1ce4e5b9);
  h += fold(base::load_u64(&remote.bytes[0]), 0x94d049bb133111eb);
  return h + fold(base::load_u64(&remote.bytes[8]), 0xd6e8feb86659fd93);
}

}  // namespace

std::uint16_t PortOwners::operator()(std::uint16_t local_port) const noexcept {
  if (workers_ == 1) return 0;
  const std::uint64_t ports = std::uint64_t{local_port} << 16 | remote_port_;
  const std::uint64_t share = finalise(addresses_ + fold(ports, 0xa0761d6478bd642f)) >> 32;
  return static_cast<std::uint16_t>(share * workers_ >> 32);
}

PortOwners OwnerMap::towards(const wire::IpAddress& local, const wire::IpAddress& remote,
                             std::uint16_t remote_port) const noexcept {
  return {workers_, workers_ == 1 ? 0 : hash_addresses(local, remote), remote_port};
}

std::uint16_t OwnerMap::owner(const wire::IpAddress& local, std::uint16_t local_port, const wire::IpAddress& remote,
                              std::uint16_t remote_port) const noexcept {
  return towards(local, remote, remote_port)(local_port);
}

}  // namespace millrace::flow
