// Runs a fuzz target without a fuzzer: every file of a corpus folder, then N mutations of them from a seeded generator.
//
//   replay-<name> CORPUS_FOLDER [MUTATIONS [SEED]]
//
// The same arguments give the same inputs in the same order, so a finding can be repeated; the input that is running is
// kept in a heap block of its own size, so that AddressSanitizer sees one byte too many.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

using Sample = std::vector<std::uint8_t>;
constexpr std::size_t kMaxInput = 4096;

std::vector<Sample> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Sample> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<Sample>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  Sample next() {
    Sample input = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) mutate(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  std::uint8_t interesting() {
    constexpr std::uint8_t kValues[] = {0, 1, 2, 3, 4, 5, 8, 10, 40, 0x45, 0x7f, 0x80, 0xff};
    return kValues[below(std::size(kValues))];
  }

  void mutate(Sample& input) {
    const std::size_t at = below(input.size() + 1);
    const auto here = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(6)) {
      case 0:
        if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<std::uint8_t>(random_());
        break;
      case 2:
        if (at < input.size()) input[at] = interesting();
        break;
      case 3:
        input.insert(here, interesting());
        break;
      case 4:
        input.erase(here, here + static_cast<std::ptrdiff_t>(std::min(below(8), input.size() - at)));
        break;
      default: {
        const Sample& other = corpus_[below(corpus_.size())];
        const auto from = static_cast<std::ptrdiff_t>(below(other.size()));
        input.insert(here, other.begin() + from, other.end());
        break;
      }
    }
  }

  const std::vector<Sample>& corpus_;
  std::mt19937_64 random_;
};

void run(const Sample& input) {
  auto* block = static_cast<std::uint8_t*>(std::malloc(input.size()));
  std::copy(input.begin(), input.end(), block);
  LLVMFuzzerTestOneInput(block, input.size());
  std::free(block);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER [MUTATIONS [SEED]]\n", argv[0]);
    return 2;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const auto corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no inputs\n", argv[1]);
    return 1;
  }
  const std::uint64_t mutations = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  for (const auto& input : corpus) run(input);
  Mutator mutator(corpus, seed);
  for (std::uint64_t i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%llu executions: %zu inputs of the corpus, %llu mutations with seed %llu\n",
              static_cast<unsigned long long>(corpus.size() + mutations), corpus.size(),
              static_cast<unsigned long long>(mutations), static_cast<unsigned long long>(seed));
  return 0;
}
