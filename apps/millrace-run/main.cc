// millrace-run: runs a program with its TCP sockets on Millrace.
//
// Checks the configuration and the program, tells the shim (libmillrace-run.so) where the configuration is, and becomes
// the program. Exit codes as env(1) has them: 126 when the program can't be run, 127 when it is not there; 2 for a
// wrong command line or configuration.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eal_check.h"
#include "program.h"
#include "run_config.h"

namespace {

using namespace millrace;
namespace fs = std::filesystem;

constexpr const char* kLibrary = "libmillrace-run.so";
constexpr const char* kPreload = "LD_PRELOAD";

struct Options {
  std::string config;
  bool check = false;
  std::vector<std::string> command;
};

int fail(int code, const std::string& text) {
  fmt::print(stderr, "millrace-run: {}\n", text);
  return code;
}

/// Beside this program in a build directory, else where it was installed to.
std::optional<std::string> find_library() {
  std::error_code none;
  const fs::path beside = fs::read_symlink("/proc/self/exe", none).parent_path() / kLibrary;
  for (const fs::path& path : {beside, fs::path{MILLRACE_LIBRARY_DIR} / kLibrary})
    if (fs::exists(path, none)) return path.string();
  return std::nullopt;
}

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

int become(const Options& options) {
  const run::Program program = run::find_program(options.command.front(), text_of("PATH"));
  if (program.path.empty()) return fail(127, program.error);
  const auto library = find_library();
  if (!library)
    return fail(126, fmt::format("{} is neither beside this program nor in {}", kLibrary, MILLRACE_LIBRARY_DIR));

  const std::string others = text_of(kPreload);
  ::setenv(kPreload, (others.empty() ? *library : *library + ":" + others).c_str(), 1);
  ::setenv(run::kConfigVariable, fs::absolute(options.config).c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& argument : options.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.path.c_str(), arguments.data());
  return fail(126, fmt::format("cannot run {}: {}", program.path, std::strerror(errno)));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Runs a program with its TCP sockets on Millrace", "millrace-run"};
  Options options;
  cli.add_option("-c,--config", options.config, "configuration file (TOML)")->envname(run::kConfigVariable)->required();
  cli.add_flag("--check", options.check, "check the configuration and end");
  cli.footer("After the options: the program and its arguments.");
  cli.prefix_command();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help
    (void)cli.exit(error);
    return asked ? 0 : 2;
  }
  options.command = cli.remaining();
  if (!options.command.empty() && options.command.front() == "--") options.command.erase(options.command.begin());

  config::Diagnostics errors{options.config};
  const run::RunConfig config = run::load_config(options.config, errors);
  if (!errors.empty()) {
    fmt::print(stderr, "{}", errors.to_string());
    return 2;
  }
  if (options.check) {
    fmt::print("{}", config::describe_eal(config.runtime, io::this_machine()));
    return 0;
  }
  if (options.command.empty()) return fail(2, "there is no program to run; give one after the options");
  return become(options);
}
