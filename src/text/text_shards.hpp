#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// A text file.
struct TextSource {
  std::string path;
  Index bytes = 0;          ///< on disk
  bool sequential = false;  ///< compressed, or UTF-16: no reader can start in its middle
};

/// A range of one file: bytes [begin, end) of a plain file, to be adjusted to word boundaries; all of a sequential
/// file.
struct TextShard {
  std::size_t source = 0;
  Index begin = 0, end = 0;
};

/// A corpus divided into shards by the sizes of its files, never by the number of ranks, so that results computed shard
/// by shard do not depend on the number of ranks. A value type, identical on every rank.
///
/// Plain files are divided at multiples of shard_bytes, about 1/4,096 of the corpus. A shorter file or a sequential one
/// is a single shard. 50 GB of text on 4 ranks, in one file or in ten thousand:
///
///     shard 0    1    2   ...                                                     49,999
///          |----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|
///          rank 0             | rank 1            | rank 2            | rank 3
class TextShards {
 public:
  TextShards() = default;
  /// shard_bytes 0: chosen from the size of the corpus, in [32 KB, 1 MB].
  explicit TextShards(std::vector<TextSource> sources, Index shard_bytes = 0);

  const std::vector<TextSource>& sources() const { return sources_; }
  Index size() const { return static_cast<Index>(shards_.size()); }
  const TextShard& operator[](Index shard) const { return shards_[shard]; }
  const std::string& path(Index shard) const { return sources_[(*this)[shard].source].path; }
  bool sequential(Index shard) const { return sources_[(*this)[shard].source].sequential; }

  /// Divides the shards into `parts` ranges of about equal weight: part r has the shards [cut[r], cut[r + 1]), possibly
  /// none; the last entry is size().
  std::vector<Index> dealt(Index parts) const;

 private:
  std::vector<TextSource> sources_;
  std::vector<TextShard> shards_;
  std::vector<Index> weight_before_{0};  ///< bytes of text before each shard, and the total
};

}  // namespace replearn
