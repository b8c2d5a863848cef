#pragma once
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/text/text_file.hpp"
#include "text/text_shards.hpp"
#include "text/tokens.hpp"

namespace replearn::io {

/// Reads the text of one shard in parts. The boundary between shards i and i + 1 depends only on the file: a nominal
/// boundary moves to the next line end (LF, CR LF or CR) if there is one within 16 KB, else to the next white space.
/// One rank. Memory: one part (a part grows only to hold a word that is longer).
class ShardText {
 public:
  static constexpr Index line_reach = Index{1} << 14;

  /// Throws InputError if the file cannot be opened here. part_bytes: approximate part size. reach: maximum distance to
  /// the next line end.
  ShardText(const TextShards& shards, Index shard, Index part_bytes = Index{1} << 18, Index reach = line_reach);

  /// The next part; nothing at the end. A part ends at white space or at the end of the file, which is signaled by an
  /// additional empty part. Throws InputError for a damaged compressed stream, SystemError if the disk fails.
  std::optional<TextPart> next();
  /// Whether the shard starts at a line start.
  bool begins_line() const { return begins_line_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Index read(char* into, Index most);
  Index cut_at(Index offset);
  bool follows_line_end(Index offset);

  const std::string& path_;
  Index part_bytes_, reach_;
  std::optional<TextFile> whole_;  ///< of a sequential file
  std::unique_ptr<std::FILE, Close> plain_;
  Index at_ = 0;   ///< position of the text not read yet
  Index end_ = 0;  ///< end of the shard in a plain file
  bool begins_line_ = true;
  bool file_end_pending_ = false;  ///< the end of the file belongs to this shard and has not been signaled
  std::string buffer_;             ///< the last part, and the start of the next
  std::size_t given_ = 0;
};

/// Concatenated text of several shards; the callback returns the next shard, or nothing at the end. One rank. shards
/// must outlive it.
NextTextPart text_of_shards(const TextShards& shards, std::function<std::optional<Index>()> next_shard,
                            Index reach = ShardText::line_reach);
/// Whether the shard starts at a line start of its file. One rank.
bool begins_line(const TextShards& shards, Index shard);
/// The text of the shards [begin, end).
NextTextPart text_of_shards(const TextShards& shards, Index begin, Index end);
/// Like this, but with boundaries only at line ends, regardless of line length.
NextTextPart lines_of_shards(const TextShards& shards, Index begin, Index end);

}  // namespace replearn::io
