#pragma once
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/text_shards.hpp"
#include "data/tokens.hpp"
#include "io/text_file.hpp"

namespace replearn::io {

/// The text of one shard, part by part. Where shard i ends, i + 1 begins, by a rule that looks at the file alone: a cut
/// named in the middle of it moves on to the next line end (LF, CR LF or CR), if there is one within 16 KB, else to the
/// next white space.
/// One rank. Memory: one part (a part grows only to hold a word that is longer).
class ShardText {
 public:
  static constexpr Index line_reach = Index{1} << 14;

  /// Throws InputError if the file cannot be opened here. part_bytes: of a part, about. reach: how far a cut moves on
  /// to a line end.
  ShardText(const TextShards& shards, Index shard, Index part_bytes = Index{1} << 18, Index reach = line_reach);

  /// The next part; nothing at the end. Ends at white space or at the end of the file, which an empty part behind the
  /// last tells. Throws InputError for a damaged compressed stream, SystemError if the disk fails.
  std::optional<TextPart> next();
  /// Whether the shard begins where a line does.
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
  Index at_ = 0;   ///< of the text not read yet
  Index end_ = 0;  ///< of the shard in a plain file
  bool begins_line_ = true;
  bool tells_end_ = false;  ///< the shard has the last of the file's text, and has not told so
  std::string buffer_;      ///< the part given last, and the start of the next
  std::size_t given_ = 0;
};

/// The text of some shards one after the other, with the next of which it is told when it asks; none: the end.
/// One rank. shards must outlive it.
NextTextPart text_of_shards(const TextShards& shards, std::function<std::optional<Index>()> next_shard,
                            Index reach = ShardText::line_reach);
/// Whether the shard begins where a line of its file does. One rank.
bool begins_line(const TextShards& shards, Index shard);
/// The text of the shards [begin, end).
NextTextPart text_of_shards(const TextShards& shards, Index begin, Index end);
/// The same, cut at line ends alone, however long a line is.
NextTextPart lines_of_shards(const TextShards& shards, Index begin, Index end);

}  // namespace replearn::io
