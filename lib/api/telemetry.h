// Lets millrace-ss and dpdk-telemetry.py look into a Runtime that a program embeds, as into Millrace's own programs:
//
//   api::Runtime runtime{settings, apps};
//   const api::Telemetry telemetry{runtime};   // ends before the runtime
#pragma once

#include "stack/telemetry.h"

namespace millrace::api {

using stack::ProgramList;
using stack::Telemetry;

}  // namespace millrace::api
