// Replays a fuzz target's saved inputs as an ordinary test: each as it is, cut short at many
// places, and with bytes changed by a fixed sequence, so that every run sees the same inputs.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kCuts = 64;
constexpr std::size_t kMutants = 128;

// Exact-size heap copy, so that the sanitizer sees a read of even one byte past the input.
void run(const std::string& input) {
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::uint32_t next(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

std::string mutant(std::string input, std::uint32_t& state) {
  const std::uint32_t changes = 1 + next(state) % 4;
  for (std::uint32_t i = 0; i < changes && !input.empty(); ++i) {
    const std::size_t at = next(state) % input.size();
    const char byte = static_cast<char>(next(state));
    switch (next(state) % 4) {
      case 0:
        input[at] = byte;
        break;
      case 1:
        input[at] = static_cast<char>(input[at] ^ (1 << (next(state) % 8)));
        break;
      case 2:
        input.insert(at, 1, byte);
        break;
      default:
        input.erase(at, 1 + next(state) % 8);
    }
  }
  return input;
}

void replay(const std::string& input) {
  run(input);
  for (std::size_t cut = 0; cut < kCuts; ++cut) run(input.substr(0, input.size() * cut / kCuts));
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < kMutants; ++i) run(mutant(input, state));
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s holds no input\n", argv[1]);
    return 1;
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    std::ifstream in(file, std::ios::binary);
    replay(std::string(std::istreambuf_iterator<char>(in), {}));
  }
  std::printf("%zu inputs, %zu runs each\n", files.size(), 1 + kCuts + kMutants);
}
