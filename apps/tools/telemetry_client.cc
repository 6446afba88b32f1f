// The socket is SEQPACKET: one datagram is one question or one answer. DPDK puts it into its runtime directory:
// /var/run/dpdk for root, below XDG_RUNTIME_DIR or /tmp for others.
#include "telemetry_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace millrace::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::milliseconds kPatience{30'000};
constexpr std::size_t kLongestCommand = 1023;  // DPDK leaves the rest of a question unread
constexpr const char* kSocketName = "dpdk_telemetry.v2";

/// For connecting too: a process that stands still accepts nobody.
void set_patience(int socket, std::chrono::milliseconds patience) {
  const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// errno of the attempt, 0 for success; EAGAIN when the process accepts nobody.
int open_socket(const fs::path& path, std::chrono::milliseconds patience, int& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::strcpy(address.sun_path, path.c_str());
  socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  set_patience(socket, patience);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
  const int error = errno;
  ::close(std::exchange(socket, -1));
  return error;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto is_string = [](const Json& one) { return one.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_string)) return value.dump();
  std::string whole;
  for (const Json& piece : value) whole += piece.get<std::string>();
  return whole;
}

void flatten(const Json& object, const std::string& prefix, std::map<std::string, std::string>& fields) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object())
      flatten(value, prefix + name + ".", fields);
    else
      fields[prefix + name] = value_text(value);
  }
}

}  // namespace

std::vector<fs::path> runtime_directories() {
  std::vector<fs::path> all;
  if (const char* given = std::getenv("RUNTIME_DIRECTORY")) all.emplace_back(fs::path{given} / "dpdk");
  all.emplace_back("/var/run/dpdk");
  if (const char* users = std::getenv("XDG_RUNTIME_DIR")) all.emplace_back(fs::path{users} / "dpdk");
  all.emplace_back("/tmp/dpdk");
  return all;
}

TelemetryClient::TelemetryClient(const std::string& file_prefix, const ProcessSearch& search)
    : TelemetryClient(file_prefix.empty() ? find_only_one(search) : connect(file_prefix, search)) {}

TelemetryClient::TelemetryClient(TelemetryClient&& other) noexcept
    : file_prefix_(std::move(other.file_prefix_)),
      socket_(std::exchange(other.socket_, -1)),
      longest_answer_(other.longest_answer_) {}

TelemetryClient::~TelemetryClient() {
  if (socket_ >= 0) ::close(socket_);
}

TelemetryClient TelemetryClient::connect(const std::string& file_prefix, const ProcessSearch& search) {
  int refused = ENOENT;
  fs::path where;
  for (const fs::path& directory : search.directories) {
    const fs::path path = directory / file_prefix / kSocketName;
    int socket = -1;
    const int error = open_socket(path, kPatience, socket);
    if (error == 0) {
      TelemetryClient client{file_prefix, socket};
      client.greet();
      return client;
    }
    if (error == ENOENT) continue;
    refused = error;
    where = path;
  }
  if (refused == EACCES || refused == EPERM)
    throw ToolError("no permission for " + where.string() + ": run as the user of the process, mostly root");
  if (refused == ECONNREFUSED)
    throw ToolError("the process with file prefix '" + file_prefix + "' has ended (" + where.string() +
                    " is a left-over)");
  if (refused == EAGAIN) throw ToolError("the process '" + file_prefix + "' accepts nobody; it may be stopped");
  if (refused != ENOENT) throw ToolError("cannot connect to " + where.string() + ": " + std::strerror(refused));
  throw ToolError("no process with file prefix '" + file_prefix +
                  "' runs here; the prefix is file_prefix in [runtime] of its configuration");
}

TelemetryClient TelemetryClient::find_only_one(const ProcessSearch& search) {
  std::vector<TelemetryClient> found;
  bool forbidden = false;
  std::string silent;
  const auto look_at = [&](const fs::path& directory) {
    const std::string name = directory.filename();
    int socket = -1;
    const int refused = open_socket(directory / kSocketName, search.patience, socket);
    forbidden |= refused == EACCES || refused == EPERM;
    if (refused == EAGAIN) silent += " " + name;
    if (refused != 0) return;
    TelemetryClient client{name, socket};
    try {
      client.greet();
      if (client.is_millrace()) found.push_back(std::move(client));
    } catch (const std::exception&) {  // somebody else's process that hangs or is ending is no reason to find none
      silent += " " + name;
    }
  };
  for (const fs::path& directory : search.directories) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{directory, error}) look_at(entry.path());
    forbidden |= error == std::errc::permission_denied;
  }
  if (found.size() == 1) {
    set_patience(found.front().socket_, kPatience);
    return std::move(found.front());
  }
  if (found.empty() && !silent.empty())
    throw ToolError("no Millrace process answers; these did not yet, name the one that is meant with -f:" + silent);
  if (found.empty() && forbidden)
    throw ToolError("no permission to look for Millrace processes: run as their user, mostly root");
  if (found.empty())
    throw ToolError("no Millrace process runs here (looked in /var/run/dpdk); start one, or name it with -f");
  std::string names;
  for (const TelemetryClient& client : found) names += " " + client.file_prefix_;
  throw ToolError("several Millrace processes run here; choose one with -f:" + names);
}

void TelemetryClient::greet() {
  char buffer[1024];
  const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
  if (n <= 0) throw ToolError("the process '" + file_prefix_ + "' does not answer; it may be stopped");
  const Json hello = Json::parse(buffer, buffer + n, nullptr, false);
  if (hello.is_object()) longest_answer_ = hello.value("max_output_len", longest_answer_);
}

bool TelemetryClient::is_millrace() {
  const Json commands = Json::parse(exchange("/"), nullptr, false);
  if (!commands.is_object() || !commands.contains("/")) return false;
  const Json& list = commands["/"];
  return std::find(list.begin(), list.end(), "/millrace/stats") != list.end();
}

std::string TelemetryClient::exchange(const std::string& command) {
  if (::send(socket_, command.data(), command.size(), MSG_NOSIGNAL) < 0)
    throw ToolError("the process '" + file_prefix_ + "' has ended");
  std::string answer(longest_answer_ + 1024, '\0');
  const ssize_t n = ::recv(socket_, answer.data(), answer.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    throw ToolError("no answer from '" + file_prefix_ + "' within 30 s");
  if (n <= 0) throw ToolError("the process '" + file_prefix_ + "' has ended");
  answer.resize(static_cast<std::size_t>(n));
  return answer;
}

Answer TelemetryClient::ask(const std::string& command) {
  if (command.size() > kLongestCommand)
    throw ToolError("the question has " + std::to_string(command.size()) + " bytes, and DPDK reads " +
                    std::to_string(kLongestCommand) + ": give a shorter path, or fewer hosts and ports");
  const Json reply = Json::parse(exchange(command), nullptr, false);
  const std::string name = command.substr(0, command.find(','));
  if (!reply.is_object() || !reply.contains(name) || reply[name].is_null())
    throw ToolError("the process '" + file_prefix_ + "' refuses " + command +
                    ": not a Millrace process, an older one, or a wrong parameter");
  Answer answer;
  const Json& value = reply[name];
  if (value.is_object())
    flatten(value, "", answer.fields);
  else
    answer.text = value_text(value);
  return answer;
}

}  // namespace millrace::tools
