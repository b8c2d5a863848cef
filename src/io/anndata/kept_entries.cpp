#include "io/anndata/kept_entries.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"

namespace replearn::io {
namespace {

// Entries are written immediately after reading, while they are in cache.
constexpr Index entries_per_span = Index{1} << 16;
constexpr Index max_gap = Index{1} << 13;   // gaps of dropped entries up to this size are read through,
constexpr Index min_span = Index{1} << 14;  // unless the entries before them are enough for a separate read

template <class T>
T* as(std::vector<std::byte>& bytes, Index at) {
  return reinterpret_cast<T*>(bytes.data()) + at;
}

/// Copies those of the entries [from, to) whose new index is not -1 to `out` and returns the end. Branch-free: every
/// entry is written and overwritten by the next if it is dropped.
template <class T, std::size_t width>
Index close_up(T* indices, std::byte* data, Index from, Index to, Index out, const std::int32_t* new_minor) {
  for (Index k = from; k < to; ++k) {
    const std::int32_t minor = new_minor[indices[k]];
    indices[out] = minor;
    std::memmove(data + out * Index{width}, data + k * Index{width}, width);
    out += minor >= 0;
  }
  return out;
}

template <class T>
Index close_up(T* indices, std::byte* data, Index width, Index from, Index to, Index out,
               const std::int32_t* new_minor) {
  switch (width) {
    case 1:
      return close_up<T, 1>(indices, data, from, to, out, new_minor);
    case 2:
      return close_up<T, 2>(indices, data, from, to, out, new_minor);
    case 4:
      return close_up<T, 4>(indices, data, from, to, out, new_minor);
    case 8:
      return close_up<T, 8>(indices, data, from, to, out, new_minor);
    default:
      for (Index k = from; k < to; ++k) {
        const std::int32_t minor = new_minor[indices[k]];
        indices[out] = minor;
        std::memmove(data + out * width, data + k * width, static_cast<std::size_t>(width));
        out += minor >= 0;
      }
      return out;
  }
}

void make_room(std::vector<std::byte>& bytes, Index count) {
  if (static_cast<Index>(bytes.size()) < count) bytes.resize(count);
}

}  // namespace

KeptEntryReader::KeptEntryReader(const CompressedMatrix& source, const KeptEntries& kept)
    : source_(source),
      kept_(kept),
      is_narrow_(source.index_dataset().shape().element_bytes <= 4 && source.minor() < (Index{1} << 31)),
      index_bytes_(is_narrow_ ? sizeof(std::int32_t) : sizeof(Index)),
      data_bytes_(source.data().shape().element_bytes) {
  if (!kept_.stretches.empty()) at_ = kept_.stretches.front().from;
}

KeptEntryReader::Entries KeptEntryReader::read(Index begin, Index count) {
  if (begin >= position_ && begin <= position_ + held_) {
    forget(begin - position_);
  } else {
    seek(begin);
  }
  make_room(indices_, (count + entries_per_span) * index_bytes_);
  make_room(data_, (count + entries_per_span) * data_bytes_);
  while (held_ < count) read_span();
  return {std::span(indices_).first(static_cast<std::size_t>(count * index_bytes_)),
          std::span(data_).first(static_cast<std::size_t>(count * data_bytes_))};
}

void KeptEntryReader::seek(Index begin) {
  held_ = 0;
  position_ = begin;
  const auto after = std::upper_bound(kept_.stretches.begin(), kept_.stretches.end(), begin,
                                      [](Index entry, const auto& stretch) { return entry < stretch.target; });
  if (after == kept_.stretches.begin()) return;
  stretch_ = static_cast<std::size_t>(after - kept_.stretches.begin() - 1);
  at_ = kept_.stretches[stretch_].from;
  skipped_ = begin - kept_.stretches[stretch_].target;
  if (kept_.new_minor.empty()) at_ += std::exchange(skipped_, 0);
}

void KeptEntryReader::forget(Index count) {
  held_ -= count;
  position_ += count;
  if (count == 0 || held_ == 0) return;
  std::memmove(indices_.data(), indices_.data() + count * index_bytes_, static_cast<std::size_t>(held_ * index_bytes_));
  std::memmove(data_.data(), data_.data() + count * data_bytes_, static_cast<std::size_t>(held_ * data_bytes_));
}

/// End of the next read: after a full span, before a gap.
Index KeptEntryReader::span_end() const {
  const auto& stretches = kept_.stretches;
  const Index limit = at_ + entries_per_span;
  Index end = at_;
  for (auto s = stretch_; s < stretches.size() && stretches[s].from < limit; ++s) {
    const Index gap = stretches[s].from - end;
    if (gap > max_gap || (gap > 0 && end - at_ >= min_span)) break;
    end = std::min(stretches[s].to, limit);
  }
  return end;
}

void KeptEntryReader::read_span() {
  if (stretch_ == kept_.stretches.size()) {
    source_.data().origin().refuse("changed while it was read", "make sure that no other program writes to the file");
  }
  const Index end = span_end();
  if (is_narrow_)
    read_span<std::int32_t>(at_, end);
  else
    read_span<Index>(at_, end);
  const auto& stretches = kept_.stretches;
  while (stretch_ < stretches.size() && stretches[stretch_].to <= end) ++stretch_;
  if (stretch_ < stretches.size()) at_ = std::max(end, stretches[stretch_].from);
  if (skipped_ == 0) return;
  const Index over = std::min(skipped_, held_);
  skipped_ -= over;
  forget(over);
  position_ -= over;  // they precede it
}

template <class T>
void KeptEntryReader::read_span(Index begin, Index end) {
  const auto count = static_cast<std::size_t>(end - begin);
  source_.read_indices<T>(begin, std::span(as<T>(indices_, held_), count));
  source_.data().read_stored(source_.data().rows(begin, end - begin),
                             std::span(data_).subspan(static_cast<std::size_t>(held_ * data_bytes_),
                                                      count * static_cast<std::size_t>(data_bytes_)));
  const Index moved = held_ - begin;  // offset between source and buffer positions
  for (auto s = stretch_; s < kept_.stretches.size() && kept_.stretches[s].from < end; ++s) {
    const Index from = std::max(kept_.stretches[s].from, begin), to = std::min(kept_.stretches[s].to, end);
    if (!kept_.new_minor.empty()) {
      held_ = close_up(as<T>(indices_, 0), data_.data(), data_bytes_, from + moved, to + moved, held_,
                       kept_.new_minor.data());
      continue;
    }
    if (held_ != from + moved) {
      std::memmove(as<T>(indices_, held_), as<T>(indices_, from + moved),
                   static_cast<std::size_t>(to - from) * sizeof(T));
      std::memmove(data_.data() + held_ * data_bytes_, data_.data() + (from + moved) * data_bytes_,
                   static_cast<std::size_t>((to - from) * data_bytes_));
    }
    held_ += to - from;
  }
}

}  // namespace replearn::io
