#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// A file of text.
struct TextSource {
  std::string path;
  Index bytes = 0;          ///< on disk
  bool sequential = false;  ///< compressed, or UTF-16: no reader can start in its middle
};

/// A stretch of one file: bytes [begin, end) of a plain one, to be cut where words end; the whole of a sequential
/// one.
struct TextShard {
  std::size_t source = 0;
  Index begin = 0, end = 0;
};

/// A corpus cut into shards by the sizes of its files alone, never by the number of ranks: so that whatever is done
/// shard by shard comes out the same on any of them. A pure value; every rank holds the whole of it.
///
/// Plain files are cut at multiples of shard_bytes, about 1/4,096 of the corpus. A file shorter than that, and a
/// sequential one, is one shard. 50 GB of text on 4 ranks, in one file or in ten thousand:
///
///     shard 0    1    2   ...                                                     49,999
///          |----|----|----|----|----|----|----|----|----|----|----|----|----|----|----|
///          rank 0             | rank 1            | rank 2            | rank 3
class TextShards {
 public:
  TextShards() = default;
  /// shard_bytes 0: by the size of the corpus, in [32 KB, 1 MB].
  explicit TextShards(std::vector<TextSource> sources, Index shard_bytes = 0);

  const std::vector<TextSource>& sources() const { return sources_; }
  Index size() const { return static_cast<Index>(shards_.size()); }
  const TextShard& operator[](Index shard) const { return shards_[static_cast<std::size_t>(shard)]; }
  const std::string& path(Index shard) const { return sources_[(*this)[shard].source].path; }
  bool sequential(Index shard) const { return sources_[(*this)[shard].source].sequential; }

  /// The first shard of each of `parts` stretches about equal in weight, and at the end size(): part r has the shards
  /// [cut[r], cut[r + 1]), perhaps none.
  std::vector<Index> dealt(Index parts) const;

 private:
  std::vector<TextSource> sources_;
  std::vector<TextShard> shards_;
  std::vector<Index> weight_before_{0};  ///< bytes of text below each shard, and in all
};

}  // namespace replearn
