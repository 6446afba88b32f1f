// What a stack with sockets consists of, and the order in which it ends: descriptors first.
#include "sockets/stack.h"

#include <algorithm>

#include "sockets/current_stack.h"
#include "sockets/descriptor_table.h"
#include "sockets/epoll.h"
#include "sockets/stack_state.h"

mr_stack::mr_stack(std::uint16_t workers) {
  for (std::uint16_t worker = 0; worker < workers; ++worker) shards.emplace_back(*this, worker);
}

namespace millrace::sockets {

void EpollList::add(const std::shared_ptr<Epoll>& epoll) {
  const std::lock_guard lock{mutex_};
  std::erase_if(epolls_, [](const std::weak_ptr<Epoll>& known) { return known.expired(); });
  epolls_.push_back(epoll);
}

void EpollList::forget(Socket& socket) {
  const std::lock_guard lock{mutex_};
  for (const std::weak_ptr<Epoll>& known : epolls_)
    if (const auto epoll = known.lock()) epoll->forget(socket);
}

Sockets::Sockets(std::uint16_t workers) : stack_(std::make_unique<mr_stack>(workers)) { add_stack(*stack_); }

Sockets::~Sockets() {
  remove_stack(*stack_);
  descriptors().drop(*stack_);
}

api::AppRef Sockets::app(std::uint16_t worker) noexcept { return api::AppRef{stack_->shards[worker]}; }

std::function<stack::AppHook(std::uint16_t worker)> Sockets::apps() {
  return [this](std::uint16_t worker) { return app(worker).hook(); };
}

void Sockets::drive(api::Shard shard) { stack_->drive = make_caller_drive(*stack_, {shard}); }

void Sockets::drive(stack::Runtime& runtime) { stack_->drive = make_runtime_drive(*stack_, runtime); }

mr_stack* Sockets::handle() noexcept { return stack_.get(); }

}  // namespace millrace::sockets
