#pragma once
#include <optional>
#include <string>

#include "io/text/text_file.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Whole lines of a text file. `text` ends with a newline unless it is empty.
struct TextPiece {
  std::string text;
  Index first_line = 0;  ///< number of its first line in the file, from 1
};

/// Distributes a text file over the ranks in pieces of whole lines. In each round rank 0 gets the first piece, rank 1
/// the next, and so on, so the error on the lowest rank is the first in the file, for any number of ranks.
///
/// All ranks read a plain file, each its own byte ranges. A gzip or UTF-16 file cannot be read from the middle: root
/// decompresses it while the others wait, and sends each rank its piece. Memory: the pieces of a round, about 64 MB in
/// all on root, one piece elsewhere (more if a line is longer). Cost: gzip: root sends the text once; per round one
/// broadcast of p + 1 counts and one all-to-all. Plain: one all-gather of a count per round.
class DealtText {
 public:
  /// Starts `offset` bytes into the text, at the start of line `first_line`. piece_bytes 0: chosen from the number of
  /// ranks. Collective; throws on all ranks like TextFile.
  DealtText(const mpi::Communicator& comm, const std::string& path, Index offset, Index first_line,
            Index piece_bytes = 0, TextEncoding encoding = TextEncoding::as_it_is);

  /// This rank's piece of the next round, possibly empty; nothing once no rank has any left. Collective; throws on all
  /// ranks like TextFile::read.
  std::optional<TextPiece> next();

 private:
  std::optional<TextPiece> next_from_root();
  std::optional<TextPiece> next_from_ranges();
  std::string cut_piece();
  std::string lines_starting_in(Index begin, Index end) const;

  const mpi::Communicator& comm_;
  std::string path_;
  bool sequential_ = false;  ///< gzip or UTF-16: root reads it from its start
  Index piece_bytes_;
  Index line_;  ///< number of the first line of the next round

  std::optional<TextFile> file_;  ///< sequential, on root
  std::string rest_;              ///< sequential, on root: the start of a line that continues in the next piece

  Index first_byte_, next_byte_;  ///< plain: where the first and the next round start
  Index file_bytes_ = 0;
};

}  // namespace replearn::io
