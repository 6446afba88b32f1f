// millrace-dump's command line, and what the process makes of it.
#include <gtest/gtest.h>

#include "millrace-dump/options.h"
#include "millrace-dump/status.h"
#include "telemetry_client.h"

namespace millrace::dump {
namespace {

Options parse(const std::vector<std::string>& arguments) { return parse_options(arguments, "/srv"); }

TEST(DumpOptions, FiltersAndBoundsBecomeWords) {
  const Options options = parse({"-w", "x.pcapng", "host", "10.1.0.2", "port", "80", "port", "8080", "-c", "5", "-t",
                                 "9", "-b", "1000", "-s", "96", "-f", "mr"});
  EXPECT_EQ(options.mode, Mode::Capture);
  EXPECT_EQ(options.file, "/srv/x.pcapng");
  EXPECT_EQ(options.file_prefix, "mr");
  EXPECT_EQ(options.words, "host=10.1.0.2,port=80,port=8080,count=5,seconds=9,bytes=1000,snap=96,");
  EXPECT_EQ(parse({"-w", "/tmp/x"}).file, "/tmp/x");
  EXPECT_EQ(parse({"-w", "-"}).file, "-");
}

TEST(DumpOptions, Modes) {
  EXPECT_EQ(parse({"--stop"}).mode, Mode::Stop);
  EXPECT_EQ(parse({"--status"}).mode, Mode::Status);
  EXPECT_EQ(parse({"--help"}).mode, Mode::Help);
}

TEST(DumpOptions, WrongOnesSayWhat) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{{},
                                                                                     {"port", "80"},
                                                                                     {"-w"},
                                                                                     {"-w", "x", "port", "0"},
                                                                                     {"-w", "x", "host", "me"},
                                                                                     {"-w", "x", "-c", "0"},
                                                                                     {"-w", "x", "-s", "65536"},
                                                                                     {"-w", "x", "oops"}})
    EXPECT_THROW((void)parse(wrong), tools::ToolError);
}

TEST(DumpStatus, TellsWhatIsMissing) {
  tools::Answer status;
  EXPECT_EQ(status_text(status), "there was no capture since the process started");
  status.fields = {{"running", "1"}, {"file", "/tmp/x"}, {"packets", "3"},
                   {"bytes", "99"},  {"dropped", "0"},   {"end", ""}};
  EXPECT_EQ(status_text(status), "3 frames, 99 bytes in /tmp/x; still running");
  status.fields["running"] = "0";
  status.fields["end"] = "stopped";
  status.fields["dropped"] = "2";
  status.fields["error"] = "";
  EXPECT_EQ(status_text(status),
            "3 frames, 99 bytes in /tmp/x; 2 frames lost, because they came too fast; ended: stopped");
  EXPECT_TRUE(is_complete(status));
  status.fields["dropped"] = "0";
  status.fields["error"] = "frames are missing: no answer from worker 1";
  EXPECT_EQ(status_text(status),
            "3 frames, 99 bytes in /tmp/x; ended: stopped; not complete: frames are missing: no answer from worker 1");
  EXPECT_FALSE(is_complete(status));
}

}  // namespace
}  // namespace millrace::dump
