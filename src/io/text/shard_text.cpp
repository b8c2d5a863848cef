#include "io/text/shard_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.hpp"

namespace replearn::io {
namespace {

/// Maximum distance between white space in text.
constexpr Index max_stretch = Index{1} << 24;

[[noreturn]] void not_text(const std::string& path, Index byte) {
  throw InputError(path, "byte " + std::to_string(byte), "no white space in 16 MB: the file is not text", "omit it");
}

}  // namespace

ShardText::ShardText(const TextShards& shards, Index shard, Index part_bytes, Index reach)
    : path_(shards.path(shard)), part_bytes_(part_bytes), reach_(reach) {
  if (shards.sequential(shard)) {
    whole_.emplace(path_, TextEncoding::found);
    // Line ends are kept, as in a plain file; Tokens handles all forms.
    if (!is_wide(whole_->recoding())) whole_.emplace(path_, TextEncoding::as_it_is);
    file_end_pending_ = true;
    return;
  }
  plain_.reset(std::fopen(path_.c_str(), "rb"));
  if (!plain_) {
    throw InputError(path_, "", std::string("cannot be opened on every rank: ") + std::strerror(errno),
                     "put it where all nodes see it");
  }
  std::setvbuf(plain_.get(), nullptr, _IONBF, 0);
  const TextShard& piece = shards[shard];
  end_ = cut_at(piece.end);
  at_ = cut_at(piece.begin);
  file_end_pending_ = at_ < end_ && end_ == shards.sources()[piece.source].bytes;
  begins_line_ = at_ == 0 || follows_line_end(at_);
  std::fseek(plain_.get(), at_, SEEK_SET);
}

bool ShardText::follows_line_end(Index offset) {
  std::fseek(plain_.get(), offset - 1, SEEK_SET);
  const int before = std::fgetc(plain_.get());
  return before == '\n' || before == '\r';  // a boundary never separates CR and LF
}

/// Actual boundary for the nominal one at `offset`.
Index ShardText::cut_at(Index offset) {
  if (offset == 0) return 0;
  // Starts one byte earlier: if a line begins at `offset`, the boundary is not moved.
  std::fseek(plain_.get(), offset - 1, SEEK_SET);
  char window[1 << 13], before = '\0';
  Index seen = offset - 1, space = -1;
  while (true) {
    const auto got = std::fread(window, 1, sizeof window, plain_.get());
    if (got == 0) return space >= 0 && reach_ < std::numeric_limits<Index>::max() ? space : seen;
    for (std::size_t i = 0; i < got; ++i) {
      const Index here = seen + static_cast<Index>(i);
      if (window[i] == '\n' || before == '\r') {  // a line ended; CR LF is one end
        const Index next_line = window[i] == '\n' ? here + 1 : here;
        if (next_line - 1 - offset < reach_) return next_line;
        if (space < 0) space = next_line;
      } else if (space < 0 && is_space(window[i]) && window[i] != '\r') {
        space = here + 1;
      }
      before = window[i];
    }
    seen += static_cast<Index>(got);
    if (space >= 0 && seen - offset >= reach_) return space;
    if (space < 0 && seen > offset + max_stretch) not_text(path_, offset);
  }
}

Index ShardText::read(char* into, Index most) {
  if (whole_) return whole_->read(into, most);
  const Index wanted = std::min(most, end_ - at_);
  if (wanted <= 0) return 0;
  const auto got = static_cast<Index>(std::fread(into, 1, static_cast<std::size_t>(wanted), plain_.get()));
  if (got < wanted) throw SystemError(path_ + ": the file became shorter while it was read");
  return got;
}

std::optional<TextPart> ShardText::next() {
  buffer_.erase(0, given_);
  given_ = 0;
  Index offset = at_ - static_cast<Index>(buffer_.size());
  while (true) {
    const auto held = buffer_.size();
    buffer_.resize(held + static_cast<std::size_t>(part_bytes_));
    const Index got = read(buffer_.data() + held, part_bytes_);
    buffer_.resize(held + static_cast<std::size_t>(got));
    at_ += got;
    if (got == 0) {
      if (!buffer_.empty()) {
        given_ = buffer_.size();
        break;
      }
      if (!std::exchange(file_end_pending_, false)) return std::nullopt;
      return TextPart{{}, &path_, offset, true};
    }
    const auto fresh = buffer_.rend() - static_cast<std::ptrdiff_t>(held);
    if (const auto last = std::find_if(buffer_.rbegin(), fresh, is_space); last != fresh) {
      given_ = static_cast<std::size_t>(buffer_.rend() - last);
      break;
    }
    if (static_cast<Index>(buffer_.size()) > max_stretch) not_text(path_, offset);
  }
  return TextPart{std::string_view(buffer_).substr(0, given_), &path_, offset};
}

NextTextPart text_of_shards(const TextShards& shards, std::function<std::optional<Index>()> next_shard, Index reach) {
  return [&shards, next_shard = std::move(next_shard), reach,
          open = std::shared_ptr<ShardText>()]() mutable -> std::optional<TextPart> {
    while (true) {
      if (!open) {
        const auto shard = next_shard();
        if (!shard) return std::nullopt;
        open = std::make_shared<ShardText>(shards, *shard, Index{1} << 18, reach);
      }
      if (auto part = open->next()) return part;
      open.reset();
    }
  };
}

bool begins_line(const TextShards& shards, Index shard) {
  return shards[shard].begin == 0 || ShardText(shards, shard).begins_line();
}

NextTextPart text_of_shards(const TextShards& shards, Index begin, Index end) {
  return text_of_shards(shards, [begin, end]() mutable { return begin < end ? std::optional(begin++) : std::nullopt; });
}

NextTextPart lines_of_shards(const TextShards& shards, Index begin, Index end) {
  return text_of_shards(
      shards, [begin, end]() mutable { return begin < end ? std::optional(begin++) : std::nullopt; },
      std::numeric_limits<Index>::max());
}

}  // namespace replearn::io
