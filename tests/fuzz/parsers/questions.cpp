// Analogies, judged pairs, pairs and lists of words.
#include "io/text/questions.hpp"

#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_headed_lines(path, 4); });
  fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_rated_pairs(path); });
  fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_word_pairs(path); });
  return fuzz::read_file_of(bytes, size, [](const std::string& path) { io::read_word_list(path); });
}
