// Two events of our own, one after the other, through the thread's queue: what came before the second is done.
#include "io/interrupt_thread.h"

#include <rte_interrupts.h>
#include <sys/eventfd.h>

#include <chrono>
#include <cstdint>
#include <semaphore>

namespace millrace::io {
namespace {

int g_event = -1;
std::counting_semaphore<> g_handled{0};

void on_event(void*) {
  eventfd_t count = 0;
  eventfd_read(g_event, &count);
  g_handled.release();
}

/// Stays until the process ends: taking a source back wakes the thread once more. (So an alarm would not do either:
/// rte_eal_cleanup() takes its source back just before it unmaps.)
bool add_source() {
  g_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (g_event < 0) return false;
  rte_intr_handle* handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);  // not in what is unmapped
  if (handle == nullptr) return false;
  const bool added = rte_intr_fd_set(handle, g_event) == 0 && rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT) == 0 &&
                     rte_intr_callback_register(handle, on_event, nullptr) == 0;
  rte_intr_instance_free(handle);  // EAL has its own copy
  return added;
}

}  // namespace

void settle_interrupt_thread() noexcept {
  if (!add_source()) return;
  // The first event may be handled in one turn with a source's coming or going, before it; the second can't.
  for (int turn = 0; turn < 2; ++turn) {
    eventfd_write(g_event, 1);
    if (!g_handled.try_acquire_for(std::chrono::seconds{1})) return;
  }
}

}  // namespace millrace::io
