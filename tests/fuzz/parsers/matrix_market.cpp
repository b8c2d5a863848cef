// Matrix Market files: header and entries, cells in columns and in rows.
#include "io/tenx/matrix_market.hpp"

#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  return fuzz::read_file_of(bytes, size, [](const std::string& path) {
    const auto header = io::read_matrix_market_header(path);
    // The reader's callers hold these against the lists of names first, and memory is asked for by them.
    if (header.rows > 1'000'000 || header.columns > 1'000'000) return;
    io::read_matrix_market(fuzz::comm(), path, header, io::CellAxis::columns);
    io::read_matrix_market(fuzz::comm(), path, header, io::CellAxis::rows, Log(), 64);
  });
}
