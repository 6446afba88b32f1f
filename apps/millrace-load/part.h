// A part of a run: one job against one target, from ports of its own, with counters of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "counts.h"
#include "header_template.h"
#include "histogram.h"
#include "job.h"
#include "sources.h"
#include "text.h"

namespace millrace::load {

struct Part {
  Part(const HeaderTemplate& headers, PortRange own_ports) : header(headers), ports(own_ports) {}
  void give(std::unique_ptr<Job> new_job) {
    job = std::move(new_job);
    text = &job->text();
  }

  std::string_view mode{};  ///< its name
  HeaderTemplate header;
  PortRange ports;
  std::unique_ptr<Job> job;    ///< given before the first turn
  const Text* text = nullptr;  ///< the job's
  Counts count;
  Histogram latency;
  std::uint32_t open = 0;  ///< connections that are established now
};

}  // namespace millrace::load
