#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/anndata/compressed_matrix.hpp"

namespace replearn::io {

/// Selection of the stored entries of a sparse matrix and their targets.
struct KeptEntries {
  /// Entries [from, to) of the source. Without a mask on the minor axis all of them are kept and ranges are as long as
  /// possible; otherwise each range is one row, whose kept entries go to `target` and following.
  struct Stretch {
    Index from, to, target;
  };
  std::vector<Stretch> stretches;       ///< nonempty, ascending
  std::vector<std::int32_t> new_minor;  ///< index in the result, -1 if dropped; empty: the minor axis is not filtered
  Index count = 0;                      ///< number of kept entries
};

/// Reads the kept entries sequentially. Source entries are read in pieces of a few megabytes directly into reused
/// buffers, and compacted in place. One rank; the matrix and the list must outlive it.
class KeptEntryReader {
 public:
  KeptEntryReader(const CompressedMatrix& source, const KeptEntries& kept);
  /// Whether indices have 32 bits, else 64.
  bool is_narrow() const { return is_narrow_; }

  struct Entries {
    std::span<const std::byte> indices;  ///< std::int32_t or Index
    std::span<const std::byte> data;     ///< of the stored type
  };
  /// Entries [begin, begin + count) of the result, valid until the next call. Cheap if they follow those of the last
  /// call. Throws InputError for an index out of range.
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
  Index position_ = 0;       // position in the result of the first buffered entry
  Index held_ = 0;           // entries in the buffers
  Index skipped_ = 0;        // entries before position_ still to be skipped
  std::size_t stretch_ = 0;  // next source range to read
  Index at_ = 0;
};

}  // namespace replearn::io
