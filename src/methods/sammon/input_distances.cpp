#include "methods/sammon/input_distances.hpp"

#include <cmath>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

InputDistances::InputDistances(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric, double memory,
                               const Log& log)
    : partition_(x.partition), rank_(comm.rank()), metric_(metric) {
  mpi::together(comm, [&] {
    for (Index k = 0; k < x.local.size(); ++k) {
      if (!std::isfinite(x.local.data()[k])) {
        throw InputError("", "row " + std::to_string(x.first_row() + k / x.columns()),
                         "holds a value that is not finite", "replace NaN and infinities");
      }
    }
  });
  x_ = all_gather_rows(comm, x);
  const Index n = x.rows();
  const double bytes = 4.0 * static_cast<double>(n) * static_cast<double>(ceil_div(n, comm.size()));
  const bool keep = bytes <= memory;
  log.line("sammon: distances " + std::string(keep ? "kept in memory, " : "computed anew in each iteration, ") +
           bytes_text(keep ? bytes : 4.0 * static_cast<double>(x_.size())) + " a rank");
  if (keep) kept_.resize(static_cast<std::size_t>(x.local_rows() * n));

  std::vector<double> partials;
  mpi::together(comm, [&] {
    for (Index b = partition_.first_block(rank_); b < partition_.end_block(rank_); ++b) {
      const Index begin = partition_.block_begin(b), end = partition_.block_end(b);
      if (keep) compute(b, kept_.data() + (begin - x.first_row()) * n);
      const float* distances = block(b);
      double partial = 0;
      for (Index i = begin; i < end; ++i) {
        const float* row = distances + (i - begin) * n;
        double weight = 0;
        for (Index j = 0; j < n; ++j) {
          if (j == i) continue;
          if (!(row[j] > 0)) {
            throw InputError("", "rows " + std::to_string(std::min(i, j)) + " and " + std::to_string(std::max(i, j)),
                             "are at distance 0, where Sammon's stress has no value", "remove one of the two");
          }
          if (!std::isfinite(row[j])) {
            throw InputError("", "rows " + std::to_string(std::min(i, j)) + " and " + std::to_string(std::max(i, j)),
                             "are farther apart than float32 can say", "scale the data");
          }
          if (j > i) partial += row[j];
          weight += 1.0 / row[j];
        }
        weights_.push_back(weight);
      }
      partials.push_back(partial);
    }
  });
  sum_ = mpi::reproducible_sum(comm, partials, partition_.blocks());
  if (keep) x_.resize(0, 0);
}

void InputDistances::compute(Index block, float* out) const {
  const Index n = x_.rows(), d = x_.cols(), begin = partition_.block_begin(block);
  direct_distances(metric_, x_.data() + begin * d, partition_.block_end(block) - begin, x_.data(), n, d, out, n);
}

const float* InputDistances::block(Index block) const {
  const Index n = partition_.rows(), begin = partition_.block_begin(block);
  if (!kept_.empty()) return kept_.data() + (begin - partition_.begin(rank_)) * n;
  computed_.resize(static_cast<std::size_t>((partition_.block_end(block) - begin) * n));
  compute(block, computed_.data());
  return computed_.data();
}

}  // namespace replearn::sammon
