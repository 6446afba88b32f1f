// What text means to any job that asks and is answered.
#include "exchange.h"

#include "engine.h"

namespace millrace::load {

bool answered(Engine& engine, Exchange& exchange, Connection& connection, std::span<const std::byte> text) {
  const Progress progress = connection.has(flag::kBusy) ? exchange.take(engine, connection, text) : Progress::Broken;
  if (progress == Progress::More) return false;
  Part& part = engine.part_of(connection);
  if (progress == Progress::Broken) {
    ++part.count.bad_answers;
    engine.abort(connection);
    return false;
  }
  ++part.count.requests;
  part.latency.record(engine.now() - connection.began);
  return true;
}

}  // namespace millrace::load
