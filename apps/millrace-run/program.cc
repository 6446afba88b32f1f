#include "program.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <vector>

namespace millrace::run {
namespace {

bool is_executable(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string search_for(const std::string& name, std::string_view search) {
  if (name.find('/') != std::string::npos) return is_executable(name) ? name : "";
  while (true) {
    const auto end = search.find(':');
    const std::string folder{search.substr(0, end)};
    if (std::string path = (folder.empty() ? "." : folder) + "/" + name; is_executable(path)) return path;
    if (end == std::string_view::npos) return "";
    search.remove_prefix(end + 1);
  }
}

/// An ELF program that names no dynamic linker. False for scripts, and for what can't be read.
bool is_static(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  Elf64_Ehdr head{};
  if (!file.read(reinterpret_cast<char*>(&head), sizeof head)) return false;
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
      head.e_phentsize != sizeof(Elf64_Phdr))
    return false;
  std::vector<Elf64_Phdr> parts(head.e_phnum);
  file.seekg(static_cast<std::streamoff>(head.e_phoff));
  if (!file.read(reinterpret_cast<char*>(parts.data()),
                 static_cast<std::streamsize>(parts.size() * sizeof(Elf64_Phdr))))
    return false;
  for (const Elf64_Phdr& part : parts)
    if (part.p_type == PT_INTERP) return false;
  return true;
}

bool has_other_rights(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return false;
  return ((about.st_mode & S_ISUID) != 0 && about.st_uid != ::getuid()) ||
         ((about.st_mode & S_ISGID) != 0 && about.st_gid != ::getgid());
}

}  // namespace

Program find_program(const std::string& name, std::string_view search) {
  Program program{search_for(name, search), {}};
  if (program.path.empty())
    program.error = fmt::format("there is no program {}; give its path, or check PATH", name);
  else if (is_static(program.path))
    program.error = fmt::format(
        "{} is statically linked, so nothing can be put between it and the kernel; use a dynamically linked one",
        program.path);
  else if (has_other_rights(program.path))
    program.error = fmt::format(
        "{} runs with the rights of another user or group, so nothing can be put between it and the kernel; run it as "
        "that one",
        program.path);
  if (!program.error.empty()) program.path.clear();
  return program;
}

}  // namespace millrace::run
