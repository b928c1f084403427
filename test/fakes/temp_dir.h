#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace syncer {

// A folder of its own that goes with the test.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "syncer_test_XXXXXX").string();
    dir_ = ::mkdtemp(pattern.data());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ec;
    std::filesystem::remove_all(dir_, ec);
  }
  std::string path(const std::string& name) const {
    return name.empty() ? dir_ : dir_ + "/" + name;
  }
  // Gives the path back.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string dir_;
};

} // namespace syncer
