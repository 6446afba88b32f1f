// What a runtime tells to the outside, by DPDK's socket as the tools ask for it; and captures, of which a worker that
// stands still may know nothing.
#include "stack/telemetry.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "api/app.h"
#include "listing.h"
#include "pkt/packet_pool.h"
#include "quiet_runtime.h"
#include "stack/capture.h"
#include "stack/shard.h"
#include "telemetry_client.h"

namespace millrace::stack {
namespace {

namespace fs = std::filesystem;

/// A worker that answers nobody, for as long as this lives.
class StuckWorker {
 public:
  StuckWorker(Runtime& runtime, std::uint16_t worker) {
    std::future<void> stands = gates_->stands.get_future();
    EXPECT_TRUE(runtime.post(worker, [gates = gates_](Shard&) {
      gates->stands.set_value();
      gates->go.get_future().wait();
    }));
    stands.wait();
  }
  ~StuckWorker() { gates_->go.set_value(); }
  StuckWorker(const StuckWorker&) = delete;
  StuckWorker& operator=(const StuckWorker&) = delete;

 private:
  struct Gates {
    std::promise<void> stands, go;
  };
  std::shared_ptr<Gates> gates_ = std::make_shared<Gates>();
};

/// One runtime for all tests: DPDK starts once in a process.
class TelemetryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    runtime_ = std::make_unique<Runtime>(
        two_workers_on_no_link(), [](std::uint16_t) { return api::AppRef{app_}.hook(); }, [] { return wall_; });
    directory_ = fs::temp_directory_path() / runtime_->settings().file_prefix;
    fs::create_directory(directory_);
  }
  static void TearDownTestSuite() {
    runtime_.reset();
    fs::remove_all(directory_);
  }
  static tools::Answer ask(const std::string& command) {
    return tools::TelemetryClient{runtime_->settings().file_prefix}.ask(command);
  }
  static CaptureSettings into(const fs::path& path) {
    CaptureSettings settings;
    settings.path = path;
    return settings;
  }

  static inline Quiet app_;
  static inline Duration wall_{seconds{1000}};
  static inline std::unique_ptr<Runtime> runtime_;
  static inline fs::path directory_;
};

TEST_F(TelemetryTest, EveryCounterOfTheStackIsTaken) {
  const Telemetry telemetry{*runtime_};
  std::size_t counters = 0;
  runtime_->visit_counters(0, [&](std::string_view, std::uint64_t) { ++counters; });
  const tools::Answer all = ask("/millrace/stats");
  EXPECT_EQ(all.fields.at("workers"), "2");
  EXPECT_EQ(all.fields.at("total.entries_refused"), "0");
  EXPECT_EQ(std::ranges::count_if(all.fields, [](const auto& field) { return field.first.starts_with("total."); }),
            static_cast<std::ptrdiff_t>(counters) + 1);
  const tools::Answer one = ask("/millrace/stats,1");
  EXPECT_EQ(one.fields.at("entries_refused"), "0");
  EXPECT_EQ(one.fields.size(), counters + 1);
}

TEST_F(TelemetryTest, AProfileIsThereIfItWasCompiledIn) {
  const Telemetry telemetry{*runtime_};
  const tools::Answer answer = ask("/millrace/profile");
  EXPECT_EQ(answer.fields.contains("cycles_lookup"), base::kProfile);
  EXPECT_EQ(answer.fields.size(), base::kProfile ? base::kStages + 5 : 0);
}

TEST_F(TelemetryTest, CountersThatDpdkRefusesAreCounted) {
  const Telemetry telemetry{*runtime_, [](const Runtime::Visit& visit) {
                              visit("upstream_web_10.2.0.2:8080_active", 1);
                              for (int i = 0; i < 300; ++i) visit("counter_" + std::to_string(i), 7);
                            }};
  const tools::Answer answer = ask("/millrace/stats");
  EXPECT_EQ(answer.fields.at("program.counter_254"), "7");
  EXPECT_FALSE(answer.fields.contains("program.counter_255"));
  EXPECT_EQ(answer.fields.at("program.entries_refused"), "46");
}

TEST_F(TelemetryTest, TellsHowFullThePacketPoolIs) {
  const Telemetry telemetry{*runtime_};
  const auto on_worker = [](auto task) {
    return runtime_->ask<pkt::Packet*>(0, minutes{1}, [task](Shard& shard, pkt::Packet*& packet) {
      packet = task(shard);
      return TaskState::Done;
    });
  };
  const auto held = on_worker([](Shard& shard) { return shard.env().data.alloc(); });
  ASSERT_TRUE(held);
  const tools::Answer answer = ask("/millrace/stats");
  EXPECT_EQ(answer.fields.at("packets"), "4096");
  EXPECT_EQ(answer.fields.at("packets_free"), "4095");
  ASSERT_TRUE(on_worker([packet = *held.answer](Shard&) {
    packet->free();
    return packet;
  }));
}

TEST_F(TelemetryTest, AListOfTheProgramIsAnsweredByPages) {
  std::vector<std::string> rows;
  for (int i = 0; i < 1000; ++i) rows.push_back("10.2.0.2:" + std::to_string(8000 + i) + " web " + std::to_string(i));
  const ProgramList list{"/millrace/servers", "Servers. Parameters: 0,CURSOR", "server upstream active",
                         [&rows] { return rows; }};
  {
    const Telemetry telemetry{*runtime_, {}, {list}};
    tools::TelemetryClient client{runtime_->settings().file_prefix};
    std::vector<std::string> seen;
    const auto errors = tools::for_each_row(client, "/millrace/servers", "", [&](const tools::Row& row) {
      seen.push_back(std::string{row.at("server")} + " " + std::string{row.at("upstream")} + " " +
                     std::string{row.at("active")});
    });
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(seen, rows);
    EXPECT_EQ(tools::parse_page(ask("/millrace/servers").text).rows.size(),
              tools::parse_page(ask("/millrace/servers,0,0").text).rows.size());
    EXPECT_TRUE(tools::parse_page(ask("/millrace/servers,0,1000").text).rows.empty());
    for (const char* wrong : {"1", "x", "0,x", "0,0,port=80", "0,0,end=7"})
      EXPECT_THROW((void)ask(std::string{"/millrace/servers,"} + wrong), tools::ToolError) << wrong;
  }
  const Telemetry other{*runtime_};
  EXPECT_THROW((void)ask("/millrace/servers"), tools::ToolError);
}

TEST_F(TelemetryTest, WhatHasEndedIsAskedForUpToThePlaceWhereTheLogEnded) {
  const Telemetry telemetry{*runtime_};
  EXPECT_TRUE(tools::parse_page(ask("/millrace/closed,0,0,end=0,port=80").text).rows.empty());
  for (const char* wrong : {"/millrace/closed,0,0,end=", "/millrace/closed,0,0,end=x",
                            "/millrace/closed,0,0,port=80,end=1", "/millrace/connections,0,0,end=1"})
    EXPECT_THROW((void)ask(wrong), tools::ToolError) << wrong;
}

TEST_F(TelemetryTest, LongTextsArriveWhole) {
  const Telemetry telemetry{*runtime_};
  const std::string word = std::string(300, 'x') + "\"\\/";
  EXPECT_EQ(ask("/millrace/capture_start," + word).fields.at("error"), "'" + word + "' is not understood");
  EXPECT_EQ(ask("/millrace/capture_start,a\u00e9b").fields.at("error"), "'a??b' is not understood");

  const fs::path file = directory_ / std::string(200, 'd') / "x.pcapng";
  fs::create_directory(file.parent_path());
  EXPECT_EQ(ask("/millrace/capture_start,file=" + file.string()).fields.at("running"), "1");
  const tools::Answer stopped = ask("/millrace/capture_stop");
  EXPECT_EQ(stopped.fields.at("file"), file.string());
  EXPECT_EQ(stopped.fields.at("end"), "stopped");
}

TEST_F(TelemetryTest, ACaptureNamesTheWorkerThatDidNotAttach) {
  Capture capture{*runtime_};
  {
    const StuckWorker stuck{*runtime_, 1};
    EXPECT_EQ(capture.start(into(directory_ / "attach")), std::nullopt);
  }
  capture.stop();
  const CaptureStatus status = capture.status();
  EXPECT_FALSE(status.running);
  EXPECT_NE(status.error.find("frames are missing: no answer from worker 1"), std::string::npos) << status.error;
}

TEST_F(TelemetryTest, ACaptureNamesTheWorkerThatDidNotDetach) {
  Capture capture{*runtime_};
  EXPECT_EQ(capture.start(into(directory_ / "detach")), std::nullopt);
  {
    const StuckWorker stuck{*runtime_, 1};
    capture.stop();
  }
  const std::string error = capture.status().error;
  EXPECT_NE(error.find("the last frames may be missing: no answer from worker 1"), std::string::npos) << error;
}

TEST_F(TelemetryTest, ACaptureWithoutAThreadDoesNotRun) {
  pthread_attr_t usual, huge;
  ASSERT_EQ(pthread_getattr_default_np(&usual), 0);
  ASSERT_EQ(pthread_getattr_default_np(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);  // more than there are addresses
  Capture capture{*runtime_};
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  const auto error = capture.start(into(directory_ / "thread"));
  ASSERT_EQ(pthread_setattr_default_np(&usual), 0);
  EXPECT_TRUE(error);
  EXPECT_FALSE(capture.status().running);
  EXPECT_EQ(capture.start(into(directory_ / "thread")), std::nullopt);
}

TEST_F(TelemetryTest, StampsFollowTheSystemsClock) {
  const Duration before = runtime_->epoch();
  wall_ += hours{24};
  EXPECT_GT(runtime_->epoch() - before, hours{12});  // a day but for what the stack's clock has gone on
  wall_ -= hours{24};
}

}  // namespace
}  // namespace millrace::stack
