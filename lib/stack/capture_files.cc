// Names only: links in the file system are not followed.
#include "stack/capture_files.h"

#include <filesystem>

namespace millrace::stack {

std::string capture_file(const PortSettings& port, std::uint16_t queue) {
  return queue == 0 ? port.capture : port.capture + "." + std::to_string(queue);
}

std::vector<std::string> capture_files(const PortSettings& port) {
  std::vector<std::string> files;
  if (port.capture.empty()) return files;
  std::error_code none;
  const std::filesystem::path here = std::filesystem::current_path(none);
  for (std::uint16_t queue = 0; queue < port.queues; ++queue)
    files.push_back((here / capture_file(port, queue)).lexically_normal());
  return files;
}

}  // namespace millrace::stack
