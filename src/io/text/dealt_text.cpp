#include "io/text/dealt_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

constexpr Index round_bytes = Index{64} << 20;
constexpr Index max_piece_bytes = Index{4} << 20, min_piece_bytes = Index{1} << 16;

Index count_lines(const std::string& text) {
  return static_cast<Index>(std::count(text.begin(), text.end(), '\n'));
}

void end_with_newline(std::string& text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
}

}  // namespace

DealtText::DealtText(const mpi::Communicator& comm, const std::string& path, Index offset, Index first_line,
                     Index piece_bytes, TextEncoding encoding)
    : comm_(comm),
      path_(path),
      piece_bytes_(piece_bytes > 0 ? piece_bytes
                                   : std::clamp(round_bytes / comm.size(), min_piece_bytes, max_piece_bytes)),
      line_(first_line),
      first_byte_(offset),
      next_byte_(offset) {
  mpi::on_root(comm, [&] {
    file_.emplace(path, encoding);
    std::string skipped(static_cast<std::size_t>(file_->bytes_are_text() ? 0 : offset), '\0');
    file_->read(skipped.data(), static_cast<Index>(skipped.size()));
  });
  sequential_ = mpi::broadcast(comm, file_ && !file_->bytes_are_text());
  file_bytes_ = mpi::broadcast(comm, file_ ? file_->file_bytes() : 0);
  if (!sequential_) file_.reset();
}

std::optional<TextPiece> DealtText::next() {
  return sequential_ ? next_from_root() : next_from_ranges();
}

std::optional<TextPiece> DealtText::next_from_root() {
  std::vector<std::vector<char>> outgoing(comm_.size());
  std::vector<Index> first_lines{line_};
  mpi::on_root(comm_, [&] {
    for (auto& piece : outgoing) {
      const std::string text = cut_piece();
      piece.assign(text.begin(), text.end());
      first_lines.push_back(first_lines.back() + count_lines(text));
    }
  });
  first_lines = mpi::broadcast(comm_, std::move(first_lines));
  if (first_lines.back() == line_) return std::nullopt;
  line_ = first_lines.back();
  const auto incoming = mpi::all_to_all_v(comm_, outgoing);
  return TextPiece{{incoming[0].begin(), incoming[0].end()}, first_lines[comm_.rank()]};
}

std::optional<TextPiece> DealtText::next_from_ranges() {
  if (next_byte_ >= file_bytes_) return std::nullopt;
  const Index begin = std::min(next_byte_ + comm_.rank() * piece_bytes_, file_bytes_);
  const Index end = std::min(begin + piece_bytes_, file_bytes_);
  next_byte_ += comm_.size() * piece_bytes_;
  TextPiece piece{mpi::run_collectively(comm_, [&] { return lines_starting_in(begin, end); }), line_};
  const auto lines = mpi::all_gather(comm_, count_lines(piece.text));
  piece.first_line += std::accumulate(lines.begin(), lines.begin() + comm_.rank(), Index{0});
  line_ += std::accumulate(lines.begin(), lines.end(), Index{0});
  return piece;
}

/// The next piece of about piece_bytes_ bytes, up to its last line end.
std::string DealtText::cut_piece() {
  std::string piece = std::move(rest_);
  rest_.clear();
  while (true) {
    const auto held = piece.size();
    piece.resize(held + static_cast<std::size_t>(piece_bytes_));
    const Index got = file_->read(piece.data() + held, piece_bytes_);
    piece.resize(held + static_cast<std::size_t>(got));
    if (got < piece_bytes_) {
      end_with_newline(piece);
      return piece;
    }
    if (const auto last = piece.rfind('\n'); last != std::string::npos) {
      rest_ = piece.substr(last + 1);
      piece.resize(last + 1);
      return piece;
    }
  }
}

std::string DealtText::lines_starting_in(Index begin, Index end) const {
  if (begin >= end) return {};
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    throw InputError(path_, "", std::string("cannot be opened on every rank: ") + std::strerror(errno),
                     "put it where all nodes see it");
  }
  // The byte before `begin` shows whether a line starts there.
  const Index before = begin > first_byte_ ? 1 : 0;
  std::string text(static_cast<std::size_t>(end - begin + before), '\0');
  file.seekg(begin - before);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw SystemError(path_ + ": the file became shorter while it was read");
  }
  if (before > 0) {
    const auto line_end = text.find('\n');
    text.erase(0, line_end == std::string::npos ? text.size() : line_end + 1);
  }
  if (!text.empty() && text.back() != '\n' && end < file_bytes_) {
    std::string remainder;
    std::getline(file, remainder);
    text += remainder;
  }
  end_with_newline(text);
  return text;
}

}  // namespace replearn::io
