#include "opener.h"

#include "local_ends.h"

namespace millrace::load {
namespace {

constexpr std::uint32_t kMostOpening = 512;  // fits into any server's backlog
constexpr std::uint32_t kRetryTicks = 100;

}  // namespace

Opener::Opener(Engine& engine, std::uint8_t part, std::uint32_t connections)
    : engine_(engine), part_(part), connections_(connections), to_open_(connections), to_retry_(connections) {
  fill_local_ends(engine.sources(), engine.parts()[part].ports, connections, to_open_);
}

void Opener::turn(std::size_t room) noexcept {
  while (!to_retry_.empty() && engine_.tick() - engine_.connection(to_retry_.front()).tick >= kRetryTicks)
    to_open_.push(to_retry_.pop());
  for (; room > 0 && opening_ < kMostOpening && !to_open_.empty(); --room) {
    ++opening_;
    engine_.open(to_open_.pop(), part_, engine_.now());
  }
}

void Opener::on_closed(Connection& connection, End how) noexcept {
  --(connection.state == State::SynSent ? opening_ : open_);
  (how == End::Closed ? to_open_ : to_retry_).push(engine_.local_of(connection));
}

}  // namespace millrace::load
