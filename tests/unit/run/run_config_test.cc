// The configuration file: what is particular to this program, and the example that comes with it.
#include "run_config.h"

#include <gtest/gtest.h>

namespace millrace::run {
namespace {

constexpr const char* kPort = "[[port]]\nname = \"a\"\ndevice = \"net_tap0\"\naddresses = [\"10.1.0.1/24\"]\n";

std::string errors_of(const std::string& text) {
  config::Diagnostics errors{"run.toml"};
  (void)parse_config(text, errors);
  return errors.to_string();
}

TEST(RunConfig, ReadsTheTablesOfAllProgramsAndItsOwn) {
  config::Diagnostics errors{"run.toml"};
  const RunConfig config =
      parse_config(std::string{"linger = \"2s\"\n"} + kPort + "[limits]\nsend_buffer = \"64KiB\"\n", errors);
  EXPECT_EQ(errors.to_string(), "");
  EXPECT_EQ(config.linger, seconds{2});
  EXPECT_EQ(config.send_buffer, 64U << 10);
  ASSERT_EQ(config.runtime.ports.size(), 1U);
}

TEST(RunConfig, NamesWhatIsWrong) {
  EXPECT_NE(errors_of("").find("there is no [[port]]"), std::string::npos);
  EXPECT_NE(errors_of(std::string{"lingr = \"2s\"\n"} + kPort).find("run.toml:1: unknown key 'lingr'"),
            std::string::npos);
  EXPECT_NE(errors_of(std::string{"linger = \"1h\"\n"} + kPort).find("run.toml:1:"), std::string::npos);
  EXPECT_NE(errors_of(std::string{kPort} + "[[listener]]\nport = 1\n").find("unknown"), std::string::npos);
  EXPECT_NE(errors_of("[[port").find("run.toml:1:"), std::string::npos);
}

TEST(RunConfig, TheExampleIsGood) {
  config::Diagnostics errors{"run.toml"};
  (void)load_config(MILLRACE_CONFIG_DIR "/run.toml", errors);
  EXPECT_EQ(errors.to_string(), "");
}

TEST(RunConfig, AFileThatIsNotThereIsNamed) {
  config::Diagnostics errors{"/nowhere/run.toml"};
  (void)load_config("/nowhere/run.toml", errors);
  EXPECT_EQ(errors.to_string().find("/nowhere/run.toml: "), 0U);
}

}  // namespace
}  // namespace millrace::run
