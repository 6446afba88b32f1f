#include "status.h"

namespace millrace::dump {
namespace {

std::string at(const tools::Answer& status, const std::string& name) {
  const auto found = status.fields.find(name);
  return found == status.fields.end() ? "" : found->second;
}

}  // namespace

std::string status_text(const tools::Answer& status) {
  if (at(status, "file").empty()) return "there was no capture since the process started";
  std::string text = at(status, "packets") + " frames, " + at(status, "bytes") + " bytes in " + at(status, "file");
  if (at(status, "dropped") != "0") text += "; " + at(status, "dropped") + " frames lost, because they came too fast";
  text += at(status, "running") == "1" ? "; still running" : "; ended: " + at(status, "end");
  if (!is_complete(status)) text += "; not complete: " + at(status, "error");
  return text;
}

bool is_complete(const tools::Answer& status) { return at(status, "error").empty(); }

}  // namespace millrace::dump
