// Word vectors as text, as GloVe's text, and as the C program's binary; vocabularies.
#include "io/text/vocabulary_file.hpp"
#include "io/text/word_vectors_file.hpp"
#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  if (size >= 4 && bytes[0] == 0x89 && bytes[1] == 'H') return 0;  // HDF5 is fuzzed by fuzz.py
  fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_word_vectors(fuzz::comm(), path); });
  return fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_vocabulary(fuzz::comm(), path, {}); });
}
