#include "methods/factorize/training_data.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::factorize {
namespace {

/// Calls f(local row, column, value) for every stored entry.
template <class F>
void each_value(const Matrix& x, bool spread_zeros, F f) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&x)) {
    for (Index i = 0; i < dense->local_rows(); ++i) {
      for (Index j = 0; j < dense->columns(); ++j) f(i, j, dense->local(i, j));
    }
    return;
  }
  const auto& sparse = std::get<SparseRows>(x);
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    Index next = 0;
    for (Index at = sparse.offsets[i]; at < sparse.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const Index column = sparse.indices[at];
      for (; spread_zeros && next < column; ++next) f(i, next, 0.0f);
      f(i, column, sparse.values[at]);
      next = column + 1;
    }
    for (; spread_zeros && next < sparse.columns; ++next) f(i, next, 0.0f);
  }
}

std::string entry_text(Index row, Index column) {
  return "row " + std::to_string(row) + ", column " + std::to_string(column) + " (from 0)";
}

/// The first row or column without an observed entry, or the end.
Index first_empty(const std::vector<Index>& counts) {
  return std::find(counts.begin(), counts.end(), 0) - counts.begin();
}

}  // namespace

TrainingData::TrainingData(const mpi::Communicator& comm, const Matrix& x, const Options& options, Check check)
    : x_(x),
      rank_(comm.rank()),
      missing_(options.missing),
      by_stored_value_(options.missing == Missing::zero && std::holds_alternative<SparseRows>(x)) {
  mpi::run_collectively(comm, [&] {
    each_value(x_, false, [&](Index i, Index j, float value) {
      const char* wrong = nullptr;
      if (std::isinf(value)) wrong = "is infinite";
      if (std::isnan(value) && missing_ != Missing::nan) wrong = "is not a number";
      if (wrong) {
        throw InputError("", entry_text(first_row() + i, j), wrong,
                         std::isnan(value) ? "--missing nan ignores such entries" : "correct the value");
      }
      if (options.loss != Loss::mse && !std::isnan(value) && (value < 0 || value != std::floor(value))) {
        throw InputError("", entry_text(first_row() + i, j),
                         fmt::format("{:g} is not a count", static_cast<double>(value)),
                         "select raw counts with --matrix (layers/counts), or use --loss mse");
      }
    });
  });
  draw_held_out(options);
  if (by_stored_value_) {
    std::vector<Index> mine = {std::get<SparseRows>(x_).local_nonzeros()};
    enumerated_ = mpi::all_reduce(comm, mine.front(), mpi::Reduction::sum);
    mpi::exclusive_sum(comm, mine);
    first_enumerated_ = mine.front();
  } else {
    enumerated_ = rows() * columns();
    first_enumerated_ = first_row() * columns();
    if (std::holds_alternative<SparseRows>(x_)) row_.assign(columns(), 0.0f);
  }
  count(comm, options, check);
}

void TrainingData::draw_held_out(const Options& options) {
  const auto threshold = static_cast<std::uint64_t>(std::llround(options.holdout * 0x1p32));
  const auto* sparse = by_stored_value_ ? &std::get<SparseRows>(x_) : nullptr;
  words_ = (columns() + 63) / 64;
  if (sparse)
    is_held_.assign(sparse->values.size(), 0);
  else
    bits_.assign(local_rows() * words_, 0);
  if (threshold == 0) return;
  for (Index i = 0; i < local_rows(); ++i) {
    RandomStream stream(options.seed, Purpose::factorize_held_out, static_cast<std::uint64_t>(first_row() + i));
    Index at = sparse ? sparse->offsets[i] : 0;
    const Index end = sparse ? sparse->offsets[static_cast<std::size_t>(i) + 1] : 0;
    for (Index j = 0; j < columns(); ++j) {
      const bool held = stream.next_u32() < threshold;
      if (!sparse) {
        bits_[i * words_ + j / 64] |= static_cast<std::uint64_t>(held) << (j % 64);
      } else if (at < end && sparse->indices[at] == j) {
        is_held_[at++] = held;
      }
    }
  }
}

void TrainingData::count(const mpi::Communicator& comm, const Options& options, Check check) {
  const Index m = columns();
  const auto& parts = partition(x_);
  const auto columns_in_all = static_cast<std::size_t>(m);
  std::vector<Index> of_column(columns_in_all, 0), of_row(static_cast<std::size_t>(local_rows()), 0);
  std::vector<Index> trained(columns_in_all, 0), held_out(columns_in_all, 0);
  double least = std::numeric_limits<double>::infinity(), greatest = -least;

  // Per block of rows and column: the sum of the training entries. Per block: sums over the held-out entries.
  const Index first_block = parts.first_block(rank_), blocks = parts.end_block(rank_) - first_block;
  std::vector<double> sums(blocks * m, 0.0);
  const auto observed = [&](float value) { return !std::isnan(value) && !(missing_ == Missing::zero && value == 0); };
  Index stored = 0;
  const auto is_held = [&](Index i, Index j) {
    return by_stored_value_ ? is_held_[stored++] != 0 : this->held_out(i, j);
  };

  // First pass: counts, range and sums of the training entries.
  each_value(x_, !by_stored_value_, [&](Index i, Index j, float value) {
    const bool held = is_held(i, j);
    if (!observed(value)) return;
    const auto column = static_cast<std::size_t>(j);
    ++of_column[column];
    ++of_row[i];
    ++(held ? held_out : trained)[column];
    if (held) return;
    least = std::min(least, static_cast<double>(value));
    greatest = std::max(greatest, static_cast<double>(value));
    sums[static_cast<std::size_t>((first_row() + i) / parts.block_size() - first_block) * columns_in_all + column] +=
        static_cast<double>(value);
  });
  for (auto* counts : {&of_column, &trained, &held_out}) {
    mpi::all_reduce(comm, std::span<Index>(*counts), mpi::Reduction::sum);
  }

  // Rows and columns without observed entries are errors.
  const Index empty_row = first_empty(of_row);
  const Index row =
      mpi::all_reduce(comm, empty_row < local_rows() ? first_row() + empty_row : rows(), mpi::Reduction::min);
  const char* hint = options.missing == Missing::zero ? "filter first: replearn preprocess --min-genes 1 --min-cells 1"
                                                      : "remove it from the input";
  if (row < rows())
    throw InputError("", fmt::format("sample {} (from 0)", row),
                     "has no observed entry, so nothing can be learned about it", hint);
  if (const Index column = first_empty(of_column); column < m && check == Check::all) {
    throw InputError("", fmt::format("gene {} (from 0)", column),
                     "has no observed entry, so nothing can be learned about it", hint);
  }

  low_ = mpi::all_reduce(comm, least, mpi::Reduction::min);
  high_ = mpi::all_reduce(comm, greatest, mpi::Reduction::max);
  if (!(high_ > low_) && check == Check::all) {
    throw InputError("", "values",
                     fmt::format("all observed training entries are {:g}: there is nothing to learn", low_),
                     "check the matrix selected with --matrix");
  }

  // Mean of the training entries.
  const auto column_sums = mpi::reproducible_sum(comm, sums, m, parts.blocks());
  double sum = 0;
  for (std::size_t j = 0; j < columns_in_all; ++j) {
    sum += column_sums[j];
    training_count_ += trained[j];
    held_out_count_ += held_out[j];
  }
  mean_ = sum / static_cast<double>(training_count_);
  if (held_out_count_ == 0) return;

  // Second pass: error of the gene means and variance, on the held-out entries.
  std::vector<double> errors(3 * blocks,
                             0.0);  // gene error, sum and sum of squares relative to the mean
  stored = 0;
  each_value(x_, !by_stored_value_, [&](Index i, Index j, float value) {
    if (!is_held(i, j) || !observed(value)) return;
    const auto column = static_cast<std::size_t>(j);
    const double center = trained[column] > 0 ? column_sums[column] / static_cast<double>(trained[column]) : mean_;
    double* error = errors.data() + 3 * ((first_row() + i) / parts.block_size() - first_block);
    const double from_gene = static_cast<double>(value) - center, from_mean = static_cast<double>(value) - mean_;
    error[0] += from_gene * from_gene;
    error[1] += from_mean;
    error[2] += from_mean * from_mean;
  });
  const auto totals = mpi::reproducible_sum(comm, errors, 3, parts.blocks());
  const auto count = static_cast<double>(held_out_count_);
  held_out_gene_error_ = totals[0] / count;
  held_out_variance_ = totals[2] / count - (totals[1] / count) * (totals[1] / count);
}

void TrainingData::append_row(Index local_row, std::span<const Index> genes, std::span<const std::int32_t> place_of,
                              Part part, std::int32_t sample_place, std::uint32_t base, Entries<float>& entries) const {
  const auto add = [&](std::int32_t place, float value) {
    entries.sample.push_back(sample_place);
    entries.gene.push_back(place);
    entries.x.push_back(value);
    entries.number.push_back(base + static_cast<std::uint32_t>(place));
  };
  const auto add_all = [&](const float* row) {
    for (std::size_t place = 0; place < genes.size(); ++place) {
      const float value = row[genes[place]];
      if (!wanted(held_out(local_row, genes[place]), part)) continue;
      if (std::isnan(value) || (missing_ == Missing::zero && value == 0)) continue;
      add(static_cast<std::int32_t>(place), value);
    }
  };
  if (const auto* dense = std::get_if<DistributedMatrix>(&x_)) {
    return add_all(dense->local.row(local_row).data());
  }
  const auto& sparse = std::get<SparseRows>(x_);
  const auto begin = static_cast<std::size_t>(sparse.offsets[local_row]);
  const auto end = static_cast<std::size_t>(sparse.offsets[static_cast<std::size_t>(local_row) + 1]);
  if (by_stored_value_) {
    for (std::size_t at = begin; at < end; ++at) {
      const std::int32_t place = place_of[sparse.indices[at]];
      if (place >= 0 && sparse.values[at] != 0 && wanted(is_held_[at] != 0, part)) add(place, sparse.values[at]);
    }
    return;
  }
  for (std::size_t at = begin; at < end; ++at) row_[sparse.indices[at]] = sparse.values[at];
  add_all(row_.data());
  for (std::size_t at = begin; at < end; ++at) row_[sparse.indices[at]] = 0;
}

bool TrainingData::training_entry(Index number, Entry& entry) const {
  if (by_stored_value_) {
    const auto& sparse = std::get<SparseRows>(x_);
    const Index at = number - first_enumerated_;
    const auto row = std::upper_bound(sparse.offsets.begin(), sparse.offsets.end(), at) - sparse.offsets.begin() - 1;
    entry = {row, sparse.indices[at], sparse.values[at]};
    return entry.x != 0 && !is_held_[at];
  }
  entry.local_row = number / columns() - first_row();
  entry.column = number % columns();
  if (held_out(entry.local_row, entry.column)) return false;
  if (const auto* dense = std::get_if<DistributedMatrix>(&x_)) {
    entry.x = dense->local(entry.local_row, entry.column);
  } else {
    const auto& sparse = std::get<SparseRows>(x_);
    const auto begin = sparse.indices.begin() + sparse.offsets[entry.local_row];
    const auto end = sparse.indices.begin() + sparse.offsets[static_cast<std::size_t>(entry.local_row) + 1];
    const auto at = std::lower_bound(begin, end, static_cast<std::int32_t>(entry.column));
    entry.x = at != end && *at == entry.column ? sparse.values[at - sparse.indices.begin()] : 0.0f;
  }
  return !std::isnan(entry.x) && !(missing_ == Missing::zero && entry.x == 0);
}

}  // namespace replearn::factorize
