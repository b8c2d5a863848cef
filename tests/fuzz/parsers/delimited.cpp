// Tables of numbers, both ways up.
#include "io/tables/delimited.hpp"

#include "io/input.hpp"
#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  for (const bool transpose : {false, true}) {
    fuzz::read_file_of(bytes, size, [&](const std::string& path) {
      io::InputOptions options;
      options.transpose = transpose;
      io::read_delimited(fuzz::comm(), path, options, Log());
    });
  }
  return 0;
}
