// Tables of labels, joined to cells.
#include "io/input.hpp"
#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  return fuzz::read_file_of(bytes, size, [](const std::string& path) {
    Annotations cells;
    for (int i = 0; i < 24; ++i) cells.names.push_back("c" + std::to_string(i));
    io::join_obs(cells, path);
  });
}
