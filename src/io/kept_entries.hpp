#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/compressed_matrix.hpp"

namespace replearn::io {

/// Which stored entries of a sparse matrix are kept, and where they go.
struct KeptEntries {
  /// Entries [from, to) of the source. All of them are kept if the minor axis is whole, and then stretches are as long
  /// as can be; else each is one row, and its kept ones go to `target` and after it.
  struct Stretch {
    Index from, to, target;
  };
  std::vector<Stretch> stretches;       ///< none is empty; ascending
  std::vector<std::int32_t> new_minor;  ///< index in the result, -1 if it is dropped; empty: the minor axis is whole
  Index count = 0;                      ///< how many are kept
};

/// Reads kept entries one after the other, some at a time. Source entries are read in pieces of a few megabytes into
/// buffers that stay, straight to where they are needed, and what is dropped among them is closed up in place. By one
/// rank; the matrix and the list must outlive it.
class KeptEntryReader {
 public:
  KeptEntryReader(const CompressedMatrix& source, const KeptEntries& kept);
  /// Whether indices are held in 32 bits, else in 64.
  bool is_narrow() const { return is_narrow_; }

  struct Entries {
    std::span<const std::byte> indices;  ///< std::int32_t or Index
    std::span<const std::byte> data;     ///< of the stored type
  };
  /// Entries [begin, begin + count) of the result, valid until the next call. Cheap if they follow the last ones.
  /// Throws InputError for an index out of range.
  Entries read(Index begin, Index count);

 private:
  void seek(Index begin);
  void read_span();
  template <class T>
  void read_span(Index begin, Index end);
  Index span_end() const;
  void forget(Index count);

  const CompressedMatrix& source_;
  const KeptEntries& kept_;
  bool is_narrow_;
  Index index_bytes_, data_bytes_;
  std::vector<std::byte> indices_, data_;
  Index position_ = 0;       // in the result, of the first entry that is held
  Index held_ = 0;           // entries in the buffers
  Index skipped_ = 0;        // entries before position_ that are still to be read over
  std::size_t stretch_ = 0;  // where the source is read next
  Index at_ = 0;
};

}  // namespace replearn::io
