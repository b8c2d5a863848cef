// In place of libFuzzer, where the compiler has none: reads files and folders, then mutants of them, with libFuzzer's
// flags -runs=N -seed=N. Blind (no coverage): meant to be run under the sanitizers, quickly, among the tests.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Words that parsers stumble over.
const std::vector<std::string> dictionary = {"-1",
                                             "0",
                                             "1e999",
                                             "nan",
                                             "inf",
                                             "9223372036854775807",
                                             "18446744073709551616",
                                             "99999999999999999999999",
                                             "1e-400",
                                             "\n",
                                             "\r\n",
                                             "\r",
                                             "\t",
                                             ",",
                                             ";",
                                             " ",
                                             "\"",
                                             "#",
                                             "%",
                                             ":",
                                             "=",
                                             "[",
                                             "]",
                                             "[files]",
                                             "%%MatrixMarket",
                                             std::string(1, '\0'),
                                             "\xff\xfe",
                                             "\xef\xbb\xbf",
                                             "\xed\xa0\x80",
                                             "\x1f\x8b\x08",
                                             "integer",
                                             "pattern",
                                             "symmetric",
                                             "array",
                                             "yes",
                                             "no"};

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  Bytes mutate(Bytes bytes, const Bytes& other) {
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(bytes, other);
    return bytes;
  }
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

 private:
  void change(Bytes& bytes, const Bytes& other) {
    const auto at = static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
    const auto end = at + static_cast<std::ptrdiff_t>(
                              below(std::min<std::size_t>(32, bytes.size() - static_cast<std::size_t>(at)) + 1));
    switch (below(6)) {
      case 0:
        if (end > at) bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        bytes.erase(bytes.begin() + at, bytes.begin() + end);
        break;
      case 2: {
        const auto& word = dictionary[below(dictionary.size())];
        bytes.insert(bytes.begin() + at, word.begin(), word.end());
        break;
      }
      case 3: {
        const auto& word = dictionary[below(dictionary.size())];
        bytes.erase(bytes.begin() + at, bytes.begin() + end);
        bytes.insert(bytes.begin() + at, word.begin(), word.end());
        break;
      }
      case 4: {
        const auto from = static_cast<std::ptrdiff_t>(below(other.size()));
        bytes.resize(static_cast<std::size_t>(at));
        bytes.insert(bytes.end(), other.begin() + from, other.end());
        break;
      }
      default: {
        const Bytes piece(bytes.begin() + at, bytes.begin() + end);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), piece.begin(), piece.end());
      }
    }
  }

  std::mt19937_64 random_;
};

/// What is being read, kept in the working folder should it end the process.
void read_and_keep(const Bytes& bytes, const std::string& kept) {
  std::ofstream(kept, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 0, seed = 1;
  std::vector<Bytes> corpus;
  const auto add = [&](const std::filesystem::path& path) {
    if (std::filesystem::is_regular_file(path)) corpus.push_back(read_whole(path));
  };
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("-runs=", 0) == 0) {
      runs = std::stoull(word.substr(6));
    } else if (word.rfind("-seed=", 0) == 0) {
      seed = std::stoull(word.substr(6));
    } else if (std::filesystem::is_directory(word)) {
      std::vector<std::filesystem::path> paths;
      for (const auto& entry : std::filesystem::directory_iterator(word)) paths.push_back(entry.path());
      std::sort(paths.begin(), paths.end());  // the same mutants on any file system
      for (const auto& path : paths) add(path);
    } else if (word[0] != '-') {
      add(word);
    }
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "no file to begin with\n");
    return 1;
  }
  const std::string kept = "crash-" + std::filesystem::path(argv[0]).filename().string();
  for (const auto& bytes : corpus) read_and_keep(bytes, kept);
  Mutator mutator(seed);
  const std::size_t first = corpus.size();
  for (std::uint64_t i = 0; i < runs; ++i) {
    auto bytes = mutator.mutate(corpus[mutator.below(corpus.size())], corpus[mutator.below(first)]);
    read_and_keep(bytes, kept);
    // Some mutants are mutated on; the small ones, so that they do not grow for ever.
    if (bytes.size() < 4096 && corpus.size() < first + 200 && mutator.below(20) == 0)
      corpus.push_back(std::move(bytes));
  }
  std::filesystem::remove(kept);
  std::printf("%zu files, %llu mutants of them\n", first, static_cast<unsigned long long>(runs));
  std::fflush(stdout);
  _exit(0);  // MPI is up, and has nothing to finish
}
