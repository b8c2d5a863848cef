#include "io/hdf5/streamed_array.hpp"

#include <algorithm>

#include "mpi/collectives.hpp"

namespace replearn::io {

void StreamedArray::write(const std::function<void(const Add& add)>& produce) {
  if (place_.is_compressed()) return write_chunks(produce);
  mpi::run_collectively(writer_.comm(), [&] {
    produce([&](std::span<const std::byte> rows) {
      writer_.add(place_, at_, rows);
      at_ += static_cast<Index>(rows.size()) / place_.row_bytes();
    });
  });
}

void StreamedArray::write_chunks(const std::function<void(const Add& add)>& produce) {
  const auto& comm = writer_.comm();
  const Index per_chunk = place_.chunk[0], per_round = writer_.rows_per_round(place_), end = first_ + rows_;
  const Index begin = std::min((first_ + per_chunk - 1) / per_chunk * per_chunk, end);
  head_bytes_ = static_cast<std::size_t>((begin - first_) * place_.row_bytes());
  at_ = begin;
  rounds_left_ = mpi::all_reduce(comm, (end - begin) / per_round, mpi::Reduction::max);
  try {
    produce([&](std::span<const std::byte> rows) { add_to_chunks(rows); });
  } catch (...) {
    if (failed_together_) throw;
    mpi::run_collectively(comm, [] { throw; });  // the others are in the next round, or after the last
  }
  while (rounds_left_ > 0) add_round({});
  mpi::run_collectively(comm, [] {});  // a rank that failed after the last round
  // What is left: less than a round, and rows of the chunk from later ranks.
  auto rest = writer_.exchange_ends(place_, first_, rows_, head_);
  buffer_.insert(buffer_.end(), rest.begin(), rest.end());
  writer_.add(place_, at_, buffer_);
}

void StreamedArray::add_to_chunks(std::span<const std::byte> rows) {
  const auto to_head = std::min(head_bytes_ - head_.size(), rows.size());
  head_.insert(head_.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(to_head));
  rows = rows.subspan(to_head);
  const auto round = static_cast<std::size_t>(writer_.rows_per_round(place_) * place_.row_bytes());
  while (buffer_.size() + rows.size() >= round) {
    if (buffer_.empty()) {
      add_round(rows.first(round));
      rows = rows.subspan(round);
      continue;
    }
    const auto missing = round - buffer_.size();
    buffer_.insert(buffer_.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(missing));
    rows = rows.subspan(missing);
    add_round(buffer_);
    buffer_.clear();
  }
  buffer_.insert(buffer_.end(), rows.begin(), rows.end());
}

void StreamedArray::add_round(std::span<const std::byte> rows) {
  try {
    mpi::run_collectively(writer_.comm(), [] {});  // joined by a rank that cannot produce its rows
    writer_.add(place_, at_, rows);
  } catch (...) {
    failed_together_ = true;
    throw;
  }
  at_ += static_cast<Index>(rows.size()) / place_.row_bytes();
  --rounds_left_;
}

}  // namespace replearn::io
