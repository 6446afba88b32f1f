// Which programs can be run.
#include "program.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace millrace::run {
namespace {

namespace fs = std::filesystem;

class ProgramTest : public testing::Test {
 protected:
  const fs::path folder = fs::path{testing::TempDir()} / ("millrace-program-" + std::to_string(::getpid()));

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  std::string make(const std::string& name, const std::string& content, mode_t mode = 0755) const {
    const fs::path path = folder / name;
    std::ofstream{path, std::ios::binary} << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
};

std::string elf(bool dynamic) {
  Elf64_Ehdr head{};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_phoff = sizeof head;
  head.e_phentsize = sizeof(Elf64_Phdr);
  head.e_phnum = 1;
  Elf64_Phdr part{};
  part.p_type = dynamic ? PT_INTERP : PT_LOAD;
  std::string text(sizeof head + sizeof part, '\0');
  std::memcpy(text.data(), &head, sizeof head);
  std::memcpy(text.data() + sizeof head, &part, sizeof part);
  return text;
}

TEST_F(ProgramTest, IsFoundInThePath) {
  const std::string path = make("tool", elf(true));
  EXPECT_EQ(find_program("tool", "/nowhere:" + folder.string()).path, path);
  EXPECT_EQ(find_program(path, "").path, path);
  EXPECT_NE(find_program("tool", "/nowhere").error.find("there is no program tool"), std::string::npos);
  EXPECT_NE(find_program("tool", "").error.find("there is no program"), std::string::npos);
}

TEST_F(ProgramTest, MustBeExecutable) {
  const std::string path = make("data", elf(true), 0644);
  EXPECT_NE(find_program(path, "").error.find("there is no program"), std::string::npos);
  EXPECT_NE(find_program(folder.string(), "").error.find("there is no program"), std::string::npos);
}

TEST_F(ProgramTest, ScriptsAndDynamicProgramsCanBeReached) {
  EXPECT_EQ(find_program(make("script", "#!/bin/sh\n"), "").error, "");
  EXPECT_EQ(find_program(make("short", ""), "").error, "");
  EXPECT_EQ(find_program("sh", "/bin").error, "");
}

TEST_F(ProgramTest, StaticOnesCannot) {
  const Program program = find_program(make("static", elf(false)), "");
  EXPECT_EQ(program.path, "");
  EXPECT_NE(program.error.find("statically linked"), std::string::npos);
}

TEST_F(ProgramTest, NorCanThoseWithOtherRights) {
  const std::string path = make("other", elf(true));
  if (::chown(path.c_str(), 65534, 65534) != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chmod(path.c_str(), 04755), 0);
  EXPECT_NE(find_program(path, "").error.find("rights of another user"), std::string::npos);
}

}  // namespace
}  // namespace millrace::run
