#include "methods/bigan/diagnostics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/log.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "nn/elementary.hpp"
#include "nn/products.hpp"

namespace replearn::bigan {
namespace {

constexpr Index rows_per_block = 64;  // for sums over pairs
constexpr Index neighbor = 5;         // rank of the neighbor whose distance defines a row's radius
constexpr double fair_share = 0.2;    // fraction of the expected number of samples at which a label counts as reached
constexpr Index min_rows = 5;         // minimum number of rows of an evaluated label

/// Sum over i in [begin, end) and all j (except i, within one sample) of the mean of the kernels.
double kernel_sum(const RowMatrix& x, Index begin, Index end, const RowMatrix& y, bool same,
                  const std::vector<float>& exponents) {
  double sum = 0;
  for (Index i = begin; i < end; ++i) {
    for (Index j = 0; j < y.rows(); ++j) {
      if (same && j == i) continue;
      const float distance = (x.row(i) - y.row(j)).squaredNorm();
      for (const float exponent : exponents) sum += static_cast<double>(exponential(exponent * distance));
    }
  }
  return sum / static_cast<double>(exponents.size());
}

/// Squared distances of all pairs of rows, a.rows() x b.rows().
RowMatrix squared_distances(const RowMatrix& a, const RowMatrix& b) {
  RowMatrix d(a.rows(), b.rows());
  nn::product_with_transpose<float>(a, b, d);
  d *= -2;
  d.colwise() += a.rowwise().squaredNorm();
  d.rowwise() += b.rowwise().squaredNorm().transpose();
  return d;
}

/// This rank's share of k items that exist on every rank.
struct Share {
  Share(const mpi::Communicator& comm, Index k)
      : begin(k * comm.rank() / comm.size()), count(k * (comm.rank() + 1) / comm.size() - begin) {}
  Index begin, count;
};

double sum_of_squares(const nn::Batch<float>& x) {
  return x.cast<double>().squaredNorm();
}

}  // namespace

std::vector<double> prior_bandwidths(Index q) {
  const double root = std::sqrt(static_cast<double>(q));
  return {root / 2, root, 2 * root};
}

double mmd_squared(const mpi::Communicator& comm, const RowMatrix& x, const RowMatrix& y,
                   const std::vector<double>& bandwidths) {
  std::vector<float> exponents;
  for (const double s : bandwidths) exponents.push_back(static_cast<float>(-1 / (2 * s * s)));
  const Index n = x.rows(), l = y.rows();
  const Index blocks = ceil_div(std::max(n, l), rows_per_block);
  std::vector<double> partials;
  for (Index block = comm.rank(); block < blocks; block += comm.size()) {
    const Index begin = block * rows_per_block;
    const Index end_x = std::min(n, begin + rows_per_block), end_y = std::min(l, begin + rows_per_block);
    partials.push_back(kernel_sum(x, begin, end_x, x, true, exponents));
    partials.push_back(kernel_sum(y, begin, end_y, y, true, exponents));
    partials.push_back(kernel_sum(x, begin, end_x, y, false, exponents));
  }
  const auto sums = mpi::reproducible_sum(comm, partials, 3, blocks);
  const double rows = static_cast<double>(n), others = static_cast<double>(l);
  return sums[0] / (rows * (rows - 1)) + sums[1] / (others * (others - 1)) - 2 * sums[2] / (rows * others);
}

Diagnostics::Diagnostics(const mpi::Communicator& comm, const Matrix& x, const ColumnScaling& scaling,
                         std::uint64_t seed, const std::vector<std::int32_t>& labels, std::vector<std::string> names)
    : comm_(comm), seed_(seed), names_(std::move(names)) {
  const auto& parts = partition(x);
  const Index n = parts.rows(), k = std::min(n, max_evaluated_rows), m = columns(x);
  const Index first = parts.begin(comm.rank()), last = parts.end(comm.rank());
  std::vector<Index> mine;
  std::vector<std::int32_t> codes;
  for (Index i = 0; i < k; ++i) {
    const Index row = i * n / k;
    if (row < first || row >= last) continue;
    mine.push_back(row - first);
    if (!labels.empty()) codes.push_back(labels[row - first]);
  }
  const auto shift = shift_row(scaling);
  Draws<float> draws;
  take_rows(x, scaling, shift, mine, draws);
  densify(draws);
  const auto all =
      mpi::all_gather_v(comm, std::span<const float>(draws.x.data(), static_cast<std::size_t>(draws.x.size())));
  rows_ = Eigen::Map<const RowMatrix>(all.data(), k, m);
  if (!names_.empty()) labels_ = mpi::all_gather_v(comm, codes);
  const Eigen::RowVectorXf mean = rows_.colwise().mean();
  variance_ = sum_of_squares(rows_.rowwise() - mean) / static_cast<double>(k);
  find_radii();
}

void Diagnostics::find_radii() {
  const Index k = rows_.rows();
  const Share share(comm_, k);
  const RowMatrix distances = squared_distances(rows_.middleRows(share.begin, share.count), rows_);
  std::vector<float> radii, row(static_cast<std::size_t>(k));
  for (Index i = 0; i < share.count; ++i) {
    std::copy_n(distances.row(i).data(), k, row.begin());
    const Index at = std::min(neighbor, k - 1);  // index 0 is the row itself
    std::nth_element(row.begin(), row.begin() + at, row.end());
    radii.push_back(row[at]);
  }
  radii_ = mpi::all_gather_v(comm_, radii);
}

Evaluation Diagnostics::evaluate(const Model& model) {
  const auto& encoder_generator = model.encoder_generator;
  const Index k = rows_.rows(), q = encoder_generator.latent;
  const Share share(comm_, k);
  const auto normals = [&](std::uint64_t set) {  // this rank's share of k rows, identical at every evaluation
    const auto first = set * static_cast<std::uint64_t>(max_evaluated_rows) + static_cast<std::uint64_t>(share.begin);
    return draw_normal(seed_, Purpose::bigan_evaluation, first, share.count, q);
  };
  enum : std::uint64_t { codes = 0, encoder_noise = 1 };
  Draws<float> mine;
  mine.x = rows_.middleRows(share.begin, share.count);
  const nn::Batch<float> code = encode(encoder_generator, mine), z = normals(codes);
  nn::Batch<float> mean = code.leftCols(q), drawn = mean;
  if (encoder_generator.kind == EncoderKind::stochastic) {
    drawn += (code.rightCols(q) / 2).array().exp().matrix().cwiseProduct(normals(encoder_noise));
  }
  Draws<float> samples;
  samples.x = generate(encoder_generator, z);
  const Index m = rows_.cols();
  // Sums over this rank's share: |x - G(E(x))|^2, |z - E(G(z))|^2, and the column sums and sums of squares of samples.
  std::vector<double> sums(static_cast<std::size_t>(m) + 3);
  sums[0] = sum_of_squares(mine.x - generate(encoder_generator, mean));
  sums[1] = sum_of_squares(z - encode(encoder_generator, samples).leftCols(q));
  sums[2] = sum_of_squares(samples.x);
  for (Index j = 0; j < m; ++j) sums[3 + j] = samples.x.col(j).cast<double>().sum();
  mpi::all_reduce(comm_, std::span<double>(sums), mpi::Reduction::sum);
  const auto count = static_cast<double>(k);
  Evaluation evaluation;
  evaluation.x_error = variance_ > 0 ? std::sqrt(sums[0] / count / variance_) : 0;
  evaluation.z_error = std::sqrt(sums[1] / count / static_cast<double>(q));
  double of_means = 0;
  for (Index j = 0; j < m; ++j) of_means += std::pow(sums[3 + j] / count, 2);
  evaluation.spread = variance_ > 0 ? std::max(0.0, sums[2] / count - of_means) / variance_ : 0;

  const auto gathered = [&](const nn::Batch<float>& part) -> RowMatrix {
    const auto all =
        mpi::all_gather_v(comm_, std::span<const float>(part.data(), static_cast<std::size_t>(part.size())));
    return Eigen::Map<const RowMatrix>(all.data(), k, q);
  };
  evaluation.mmd = mmd_squared(comm_, gathered(drawn), gathered(z), prior_bandwidths(q));

  // The nearest sample of each row; the nearest row of each sample.
  const RowMatrix distances = squared_distances(rows_, samples.x);
  std::vector<float> nearest(k, std::numeric_limits<float>::infinity());
  std::vector<Index> reached(names_.size(), 0), rows_of(names_.size(), 0);
  for (Index i = 0; i < k && share.count > 0; ++i) nearest[i] = distances.row(i).minCoeff();
  mpi::all_reduce(comm_, std::span<float>(nearest), mpi::Reduction::min);
  Index covered = 0;
  for (std::size_t i = 0; i < nearest.size(); ++i) covered += nearest[i] <= radii_[i];
  evaluation.coverage = static_cast<double>(covered) / count;
  evaluation.label_coverage = std::numeric_limits<double>::quiet_NaN();
  if (names_.empty()) return evaluation;
  for (Index s = 0; s < share.count; ++s) {
    Index row;
    distances.col(s).minCoeff(&row);
    const auto label = labels_[row];
    if (label >= 0) ++reached[label];
  }
  for (const auto label : labels_) {
    if (label >= 0) ++rows_of[label];
  }
  mpi::all_reduce(comm_, std::span<Index>(reached), mpi::Reduction::sum);
  missing_.clear();
  Index asked = 0;
  for (std::size_t c = 0; c < names_.size(); ++c) {
    if (rows_of[c] < min_rows) continue;
    ++asked;
    if (static_cast<double>(reached[c]) < fair_share * static_cast<double>(rows_of[c])) missing_.push_back(names_[c]);
  }
  if (asked > 0) evaluation.label_coverage = 1 - static_cast<double>(missing_.size()) / static_cast<double>(asked);
  return evaluation;
}

Findings find_faults(const Evaluation& evaluation, double correct_encoder, double correct_generator,
                     const std::vector<std::string>& missing_labels) {
  constexpr double min_spread = 0.05, min_coverage = 0.1, sure = 0.99, far_codes = 0.05;
  Findings findings;
  const auto find = [&](const char* name, std::string warning) {
    findings.names.emplace_back(name);
    findings.warnings.push_back(std::move(warning));
  };
  if (evaluation.spread < min_spread) {
    find("generator collapsed",
         fmt::format("the generator has collapsed: the spread of its samples is {:.2g} times that of "
                     "the data. --penalty both, a lower "
                     "--learning-rate or more --discriminator-steps help",
                     evaluation.spread));
  } else if (evaluation.coverage < min_coverage) {
    find("samples off the data",
         fmt::format("only {:.1f} % of the rows have a sample within the distance of their 5th "
                     "neighbor: modes are missing, or samples "
                     "lack variation. A larger --latent, --penalty both or more --epochs may help",
                     100 * evaluation.coverage));
  }
  if (!missing_labels.empty()) {
    std::string list;
    for (const auto& label : missing_labels) list += (list.empty() ? "" : ", ") + label;
    find("modes missing", "hardly any sample is nearest to rows of: " + list +
                              ". --penalty both, a larger --batch or more --epochs help");
  }
  if (correct_encoder > sure && correct_generator > sure) {
    find("discriminator saturated",
         fmt::format(
             "the discriminator recognizes {:.1f} % of encoder pairs and {:.1f} % of generator pairs: encoder and "
             "generator "
             "learn little from it. --penalty both, --spectral-norm or a lower --discriminator-rate help",
             100 * correct_encoder, 100 * correct_generator));
  }
  if (evaluation.mmd > far_codes) {
    find("codes off the prior",
         fmt::format("codes do not follow the prior (squared MMD {:.3g}): samples come from a different region of the "
                     "latent space than the data. More --epochs, or --penalty both, help",
                     evaluation.mmd));
  }
  if (evaluation.x_error > 1) {
    find("no inverse",
         fmt::format("G(E(x)) is farther from x than the mean of the data ({:.2f} times): encoder and generator do not "
                     "invert each other. More --epochs or wider layers help",
                     evaluation.x_error));
  }
  return findings;
}

}  // namespace replearn::bigan
