// The way to a running process, with processes that only a socket stands for: one that hangs, one that is ending, one
// that answers.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "telemetry_client.h"

namespace millrace::tools {
namespace {

namespace fs = std::filesystem;

class Directory {
 public:
  Directory() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_ = "/tmp/millrace-tools-XXXXXX";
};

/// Its socket, which nobody accepts from.
class Hanging {
 public:
  Hanging(const Directory& directory, const std::string& name)
      : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    fs::create_directory(directory.path() / name);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (directory.path() / name / "dpdk_telemetry.v2").c_str());
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
  }
  ~Hanging() { ::close(listener_); }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;

 protected:
  int listener_;
};

/// Accepts one after the other and answers every question with the same text; with none it hangs up at once.
class Answering : public Hanging {
 public:
  Answering(const Directory& directory, const std::string& name, std::string answer)
      : Hanging(directory, name), thread_([this, answer = std::move(answer)] { serve(answer); }) {}
  ~Answering() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
  }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

 private:
  void serve(const std::string& answer) const {
    for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      if (answer.empty()) continue;
      say(client, R"({"version":"DPDK","pid":1,"max_output_len":16384})");
      char question[2048];
      while (::recv(client, question, sizeof question, 0) > 0) say(client, answer);
    }
  }
  static void say(int client, const std::string& text) { (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL); }

  std::thread thread_;
};

constexpr const char* kMillrace = R"({"/":["/","/millrace/stats"]})";

/// Patience has no part in what comes out, but where a process hangs.
ProcessSearch search(const Directory& directory, std::chrono::milliseconds patience = std::chrono::minutes{1}) {
  return {{directory.path()}, patience};
}

std::string error_of(const Directory& directory, std::chrono::milliseconds patience) {
  try {
    const TelemetryClient client{"", search(directory, patience)};
    return "found " + client.file_prefix();
  } catch (const ToolError& error) {
    return error.what();
  }
}

TEST(TelemetryClient, AProcessThatIsEndingHidesNoOther) {
  const Directory directory;
  const Answering ending{directory, "ending", ""};
  const Answering other{directory, "other", R"({"/":["/","/eal/params"]})"};
  const Answering millrace{directory, "mr", kMillrace};
  EXPECT_EQ((TelemetryClient{"", search(directory)}.file_prefix()), "mr");
}

TEST(TelemetryClient, AProcessThatHangsIsNamed) {
  const Directory directory;
  const Hanging hanging{directory, "hanging"};
  EXPECT_EQ(error_of(directory, std::chrono::milliseconds{1}),
            "no Millrace process answers; these did not yet, name the one that is meant with -f: hanging");
}

TEST(TelemetryClient, OfSeveralOneIsToBeChosen) {
  const Directory directory;
  const Answering one{directory, "one", kMillrace};
  const Answering two{directory, "two", kMillrace};
  EXPECT_NE(error_of(directory, std::chrono::minutes{1}).find("choose one with -f:"), std::string::npos);
  EXPECT_EQ((TelemetryClient{"two", search(directory)}.file_prefix()), "two");
}

TEST(TelemetryClient, PiecesOfALongTextAreOneText) {
  const Directory directory;
  const Answering millrace{directory, "mr",
                           R"({"/x":{"error":["what is wrong ","and what to do"],"left":7,"all":[1,2]}})"};
  const Answer answer = TelemetryClient{"mr", search(directory)}.ask("/x,1");
  EXPECT_EQ(answer.fields.at("error"), "what is wrong and what to do");
  EXPECT_EQ(answer.fields.at("left"), "7");
  EXPECT_EQ(answer.fields.at("all"), "[1,2]");
}

TEST(TelemetryClient, AsksNothingThatDpdkWouldNotReadToItsEnd) {
  const Directory directory;
  const Answering millrace{directory, "mr", R"({"/x":"good"})"};
  TelemetryClient client{"mr", search(directory)};
  EXPECT_EQ(client.ask("/x," + std::string(1020, 'f')).text, "good");
  try {
    (void)client.ask("/x," + std::string(1021, 'f'));
    FAIL() << "it was asked";
  } catch (const ToolError& error) {
    EXPECT_EQ(std::string{error.what()},
              "the question has 1024 bytes, and DPDK reads 1023: give a shorter path, or fewer hosts and ports");
  }
}

}  // namespace
}  // namespace millrace::tools
