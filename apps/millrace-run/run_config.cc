#include "run_config.h"

#include "config_file.h"
#include "memory_check.h"
#include "runtime_config.h"
#include "table_reader.h"

namespace millrace::run {
namespace {

/// `shared` is what the file says to every program.
RunConfig parse(std::string_view text, config::Diagnostics& errors, config::RuntimeConfig& shared) {
  RunConfig run;
  const auto table = config::parse_toml(text, errors);
  if (!table) return run;
  config::TableReader root(*table, "", errors);
  shared = config::read_runtime(root);
  config::check_network(shared, errors);
  root.duration({"linger", R"("5s")"}, run.linger, {Duration{0}, minutes{10}});
  root.finish();
  run.runtime = shared.settings;
  run.receive_buffer = shared.receive_buffer;
  run.send_buffer = shared.send_buffer;
  return run;
}

}  // namespace

RunConfig parse_config(std::string_view text, config::Diagnostics& errors) {
  config::RuntimeConfig shared;
  return parse(text, errors, shared);
}

RunConfig load_config(const std::string& path, config::Diagnostics& errors) {
  const auto text = config::read_file(path, errors);
  if (!text) return {};
  config::RuntimeConfig shared;
  RunConfig run = parse(*text, errors, shared);
  if (errors.empty()) config::check_memory(shared, config::read_free_memory(io::this_machine()), errors);
  return run;
}

}  // namespace millrace::run
