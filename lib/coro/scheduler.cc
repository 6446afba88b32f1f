// A turn: events first, each waking who waits for it, then timers, then the strands that are ready. No coroutine runs
// before all events of the batch were taken, so none can close a connection that the batch still speaks of.
#include "coro/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/check.h"
#include "coro/listener.h"
#include "coro/root.h"

namespace millrace::coro {
namespace {

/// Far beyond what anybody waits for, and no overflow.
constexpr Duration kLongestWait = hours{24 * 365 * 100};

template <class T>
bool make_place(std::vector<T>& places, std::size_t index) noexcept {
  try {
    if (index >= places.size()) places.resize(index + 1);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

Scheduler::~Scheduler() {
  shard_.reset();
  connections_.for_each([](ConnectionSlot& connection) { connection.handle = {}; });
  destroy_all();
  MILLRACE_ASSERT(connections_.in_use() + listeners_.in_use() == 0 &&
                  "a Connection or Listener outlives its Scheduler");
}

void Scheduler::spawn(Task<> task) {
  const FramePool::Use use{frames_};
  add(run_detached(*this, std::move(task)).handle.promise().own);
}

void Scheduler::spawn(Task<> task, CancelSource& source) {
  const FramePool::Use use{frames_};
  add(run_detached(*this, std::move(task), source).handle.promise().own);
}

void Scheduler::add(Strand& strand) noexcept {
  strands_.push_back(strand);
  make_ready(strand);
  ++count_.spawned;
  ++count_.strands;
}

void Scheduler::destroy(Strand& strand) noexcept {
  strand.all_hook.unlink();  // what is destroyed may call stop()
  strand.root().destroy();
  --count_.strands;
}

void Scheduler::destroy_all() noexcept {
  while (!strands_.empty()) destroy(strands_.front());
}

void Scheduler::stop() noexcept {
  stop_wanted_ = running_;
  if (!running_) destroy_all();
}

void Scheduler::run() noexcept {
  const FramePool::Use use{frames_};
  running_ = true;
  for (std::size_t n = 0; n < kStrandsPerTurn && !ready_.empty(); ++n) {
    Strand& strand = ready_.front();
    ready_.pop_front();
    strand.run();
    if (strand.ended()) destroy(strand);
  }
  running_ = false;
  if (std::exchange(stop_wanted_, false)) destroy_all();
}

void Scheduler::start_timer(Timer& timer, Duration span) noexcept {
  timers_.start(timer, now_ + std::clamp(span, Duration{0}, kLongestWait));
}

void Scheduler::report_exception() noexcept {
  ++count_.exceptions;
  try {
    throw;
  } catch (const std::exception& failure) {
    exception_log_.log_text(now_, base::LogLevel::Warn,
                            [&] { return fmt::format("a coroutine ended by an exception: {}", failure.what()); });
  } catch (...) {
    exception_log_.log_text(now_, base::LogLevel::Warn, [] { return "a coroutine ended by an exception"; });
  }
}

std::optional<Time> Scheduler::next_deadline() const noexcept {
  return ready_.empty() ? timers_.next() : std::optional{now_};
}

void Scheduler::on_turn(api::Shard shard, Time now) noexcept {
  shard_ = shard;
  now_ = now;
  timers_.expire(now, kTimersPerTurn);
  run();
}

void Scheduler::on_events(api::Shard shard, std::span<const api::Event> events) noexcept {
  shard_ = shard;
  now_ = shard.now();
  for (const api::Event& event : events) on_event(event);
}

void Scheduler::on_event(const api::Event& event) noexcept {
  if (event.kind == api::EventKind::Accepted) return on_accepted(event);
  ConnectionSlot* connection = find(event.connection);
  if (connection == nullptr) return;  // given up before the batch was made, or not opened here
  switch (event.kind) {
    case api::EventKind::Connected:
      connection->connected = true;
      return connection->reader.wake();
    case api::EventKind::Readable:
      return connection->reader.wake();
    case api::EventKind::PeerClosed:
      connection->peer_closed = true;
      return connection->reader.wake();
    case api::EventKind::Writable:
    case api::EventKind::Ended:  // who waits for room would not hear of Closed before all was read
      return connection->writer.wake();
    case api::EventKind::ReceiveTimeout:
      return connection->reader.interrupt(Error{.kind = ErrorKind::TimedOut});
    case api::EventKind::Closed:
      return on_closed(*connection, event);
    case api::EventKind::Accepted:
    case api::EventKind::SoftError:
    case api::EventKind::Urgent:
    case api::EventKind::Timer:
      return;  // nobody waits for it; the handle tells
  }
}

void Scheduler::on_accepted(const api::Event& event) noexcept {
  const api::Connection handle = shard_->connection(event.connection);
  ListenerSlot* listener = event.listener < by_number_.size() ? by_number_[event.listener].get() : nullptr;
  const bool room =
      listener != nullptr && (listener->queue.size() < listener->backlog || listener->acceptor.occupied());
  ConnectionSlot* connection = room ? remember(handle).get() : nullptr;
  if (connection == nullptr) return refuse(handle);
  connection->connected = true;
  connection->queued_at = listener;
  listener->queue.push_back(*connection);
  listener->acceptor.wake();
}

void Scheduler::refuse(api::Connection handle) noexcept {
  handle.abort(api::CloseRule::AppLimit);
  ++count_.accepts_refused;
}

void Scheduler::on_closed(ConnectionSlot& connection, const api::Event& event) noexcept {
  forget(event.connection);
  if (connection.queued_at != nullptr) {
    connection.queued_at->queue.erase(connection.queued_at->queue.iterator_to(connection));
    return connections_.give_back(connection.self);
  }
  connection.over = true;
  connection.reason = event.reason;
  connection.rule = event.rule;
  connection.reader.wake();
  connection.writer.wake();
}

Ref<ConnectionSlot> Scheduler::remember(api::Connection handle) noexcept {
  const std::uint32_t index = handle.id().index;
  if (!make_place(by_index_, index)) return {};
  const Ref<ConnectionSlot> connection = connections_.take(*this, handle);
  if (connection.get() != nullptr) connection.get()->self = by_index_[index] = connection;
  return connection;
}

ConnectionSlot* Scheduler::find(const api::ConnectionId& id) const noexcept {
  ConnectionSlot* connection = id.index < by_index_.size() ? by_index_[id.index].get() : nullptr;
  return connection != nullptr && connection->handle.id() == id ? connection : nullptr;
}

void Scheduler::forget(const api::ConnectionId& id) noexcept {
  if (find(id) != nullptr) by_index_[id.index] = {};
}

Result<Ref<ConnectionSlot>> Scheduler::open(const api::Endpoint& remote, const api::ConnectOptions& options) noexcept {
  if (!shard_) return Error{.kind = ErrorKind::NotOpen};
  auto handle = shard_->connect(remote, options);
  if (!handle) return Error{.kind = ErrorKind::Refused, .refusal = handle.error()};
  const Ref<ConnectionSlot> connection = remember(handle.value());
  if (connection.get() != nullptr) return connection;
  handle.value().abort();
  return Error{.kind = ErrorKind::NoMemory};
}

void Scheduler::give_up(const Ref<ConnectionSlot>& connection, End end) noexcept {
  ConnectionSlot& slot = *connection.get();
  slot.reader.interrupt(Error{.kind = ErrorKind::NotOpen});
  slot.writer.interrupt(Error{.kind = ErrorKind::NotOpen});
  forget(slot.handle.id());
  end == End::Close ? slot.handle.close() : slot.handle.abort();
  connections_.give_back(connection);
}

Result<Listener> Scheduler::listen(const api::Endpoint& local, const api::ListenOptions& options,
                                   std::uint32_t backlog) noexcept {
  if (!shard_) return Error{.kind = ErrorKind::NotOpen};
  const auto number = shard_->listen(local, options);
  if (!number) return Error{.kind = ErrorKind::Refused, .refusal = number.error()};
  const bool place = make_place(by_number_, number.value());
  const Ref<ListenerSlot> listener = place ? listeners_.take(*this, number.value(), backlog) : Ref<ListenerSlot>{};
  if (listener.get() == nullptr) {
    shard_->stop_listening(number.value());
    return Error{.kind = ErrorKind::NoMemory};
  }
  by_number_[number.value()] = listener;
  return Listener{listener};
}

void Scheduler::give_up(const Ref<ListenerSlot>& listener) noexcept {
  ListenerSlot& slot = *listener.get();
  slot.acceptor.interrupt(Error{.kind = ErrorKind::NotOpen});
  if (shard_) shard_->stop_listening(slot.number);
  while (!slot.queue.empty()) {
    ConnectionSlot& connection = slot.queue.front();
    slot.queue.pop_front();
    give_up(connection.self, End::Abort);
  }
  listeners_.give_back(listener);
}

}  // namespace millrace::coro
