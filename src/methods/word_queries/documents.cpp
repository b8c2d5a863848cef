#include "methods/word_queries/documents.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "mpi/node_shared_array.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/dense_algebra.hpp"

namespace replearn::word_queries {
namespace {

/// All rows of a matrix, stored once per node.
void share(const mpi::Communicator& comm, const mpi::Communicator& node, const DistributedMatrix& matrix,
           const mpi::NodeSharedArray<float>& all) {
  constexpr Index rows_per_message = 1 << 16;
  const auto& partition = matrix.partition;
  const Index d = matrix.columns();
  std::vector<float> rows;
  for (int rank = 0; rank < comm.size(); ++rank) {
    for (Index at = partition.begin(rank); at < partition.end(rank); at += rows_per_message) {
      const Index count = std::min(rows_per_message, partition.end(rank) - at);
      rows.resize(count * d);
      if (comm.rank() == rank) std::copy_n(matrix.local.data() + (at - matrix.first_row()) * d, count * d, rows.data());
      mpi::broadcast_into(comm, std::span(rows), rank);
      if (node.is_root()) std::copy(rows.begin(), rows.end(), all.values().begin() + at * d);
    }
  }
  all.synchronize();
}

/// Redistributes rows in rank order according to their partition.
template <class T>
std::vector<T> dealt(const mpi::Communicator& comm, const RowPartition& partition, Index first,
                     const std::vector<T>& mine, Index width) {
  std::vector<std::vector<T>> outgoing(comm.size());
  const Index count = static_cast<Index>(mine.size()) / width;
  for (Index i = 0; i < count; ++i) {
    auto& to = outgoing[partition.owner(first + i)];
    to.insert(to.end(), mine.begin() + i * width, mine.begin() + (i + 1) * width);
  }
  std::vector<T> all;
  for (const auto& part : mpi::all_to_all_v(comm, outgoing)) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Removes from each row its component along the first eigenvector of X'X.
void remove_first_direction(const mpi::Communicator& comm, DistributedMatrix& x) {
  const auto& partition = x.partition;
  const Index d = x.columns();
  std::vector<double> partials;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    const Index begin = partition.block_begin(block), count = partition.block_end(block) - begin;
    const RowMatrixD rows = x.local.middleRows(begin - x.first_row(), count).cast<double>();
    const auto gram = transposed_product<RowMatrixD>(rows, rows);
    partials.insert(partials.end(), gram.data(), gram.data() + gram.size());
  }
  const auto sums = mpi::reproducible_sum(comm, partials, d * d, partition.blocks());
  const SymmetricEigen gram_of_all(Eigen::Map<const RowMatrixD>(sums.data(), d, d));
  const Eigen::VectorXd direction = gram_of_all.vectors.col(d - 1);
  for (Index i = 0; i < x.local_rows(); ++i) {
    double along = 0;
    for (Index k = 0; k < d; ++k) along += static_cast<double>(x.local(i, k)) * direction[k];
    for (Index k = 0; k < d; ++k) x.local(i, k) -= static_cast<float>(along * direction[k]);
  }
}

}  // namespace

void DocumentOptions::validate() const {
  if (!(sif_a > 0)) throw InputError("", "--sif-a", "must be above 0", "1e-3 to 1e-4 are usual");
}

Documents documents(const mpi::Communicator& comm, const NextWords& mine, const DistributedMatrix& words,
                    std::span<const Index> counts, const DocumentOptions& options) {
  options.validate();
  const auto node = comm.node();
  const Index d = words.columns();
  const mpi::NodeSharedArray<float> all(node, words.rows() * d);
  share(comm, node, words, all);
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), Index{0}));
  const auto weight = [&](WordId word) {
    if (options.weighting == Weighting::mean) return 1.0;
    return options.sif_a / (options.sif_a + static_cast<double>(counts[word]) / total);
  };

  std::vector<float> rows;
  std::vector<Index> known;
  mpi::run_collectively(comm, [&] {
    std::vector<double> sum(d);
    Index count = 0;
    bool open = false;  // a last line without a line end is also a document
    const auto finish = [&] {
      for (const double s : sum) rows.push_back(static_cast<float>(s / static_cast<double>(std::max<Index>(count, 1))));
      known.push_back(count);
      std::fill(sum.begin(), sum.end(), 0.0);
      count = 0;
      open = false;
    };
    std::vector<WordId> part;
    while (mine(part)) {
      for (const WordId word : part) {
        if (word == line_end) {
          finish();
          continue;
        }
        open = true;
        ++count;
        const float* row = all.values().data() + word * d;
        const double by = weight(word);
        for (Index k = 0; k < d; ++k) sum[k] += by * static_cast<double>(row[k]);
      }
    }
    if (open) finish();
  });
  const auto my_count = static_cast<Index>(known.size());
  Index first = my_count;
  mpi::exclusive_sum(comm, std::span(&first, 1));
  const Index n = mpi::all_reduce(comm, my_count, mpi::Reduction::sum);
  if (n == 0) throw InputError("", "the text", "contains no document", "use text with one document per line");
  Documents result{DistributedMatrix(RowPartition(n, comm.shares()), comm.rank(), d), {}};
  const auto dealt_rows = dealt(comm, result.vectors.partition, first, rows, d);
  std::copy(dealt_rows.begin(), dealt_rows.end(), result.vectors.local.data());
  result.words = dealt(comm, result.vectors.partition, first, known, 1);
  if (options.weighting == Weighting::sif) remove_first_direction(comm, result.vectors);
  return result;
}

}  // namespace replearn::word_queries
