#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "io/hdf5/output_array.hpp"

namespace replearn::io {

/// Writes this rank's rows of an array, any contiguous share of it in rank order, piece by piece as they are produced:
///
///     StreamedArray array(writer, place, first_row, rows);
///     array.write([&](const auto& add) { for (...) add(bytes_of_some_rows); });
///
/// For contiguous arrays pieces go to their place at once. For compressed arrays each rank compresses its whole chunks
/// in rounds, which all ranks take part in; the rows of a chunk that begins on another rank are sent there at the end.
class StreamedArray {
 public:
  StreamedArray(ArrayWriter& writer, const ArrayPlace& place, Index first_row, Index rows)
      : writer_(writer), place_(place), at_(first_row), first_(first_row), rows_(rows) {}

  using Add = std::function<void(std::span<const std::byte> rows)>;
  /// produce: calls its argument with the bytes of the rows, in order; it may throw on one rank only. Collective; throws
  /// on all ranks.
  void write(const std::function<void(const Add& add)>& produce);

 private:
  void write_chunks(const std::function<void(const Add& add)>& produce);
  void add_to_chunks(std::span<const std::byte> rows);
  void add_round(std::span<const std::byte> rows);

  ArrayWriter& writer_;
  const ArrayPlace& place_;
  Index at_;  // next row to be written
  Index first_, rows_;
  std::vector<std::byte> head_, buffer_;  // rows of a chunk of an earlier rank; rows not yet written
  std::size_t head_bytes_ = 0;
  Index rounds_left_ = 0;  // of the rank with the most
  bool failed_together_ = false;
};

}  // namespace replearn::io
