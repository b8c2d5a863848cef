#include "methods/preprocess/simulated_batches.hpp"

#include <cstdint>
#include <string>

namespace replearn::test {
namespace {

constexpr Index cells = 420, genes = 600, max_repeats = 7;

/// splitmix64, as a number in [0, 1).
double uniform(std::uint64_t counter) {
  std::uint64_t z = (counter + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z = z ^ (z >> 31);
  return static_cast<double>(z >> 11) * 0x1p-53;
}

int batch_of(Index cell) {
  const Index k = cell % 20;
  return k < 9 ? 0 : k < 14 ? 1 : k < 19 ? 2 : 3;
}

float count(Index cell, Index gene, double base) {
  const int batch = batch_of(cell);
  if (gene == 8 || (gene == 5 && batch == 0) || (gene == 6 && batch != 2)) return 0;
  if (gene == 7 && batch == 1) return 1;
  if (gene == 9) return 2;
  constexpr double effects[] = {1.0, 0.5, 2.0, 1.5};
  const double size = 0.5 + static_cast<double>(cell * 7 % 16) / 8;
  const Index repeats = 1 + gene * 5 % 7;
  const double mean = base * effects[(batch + gene) % 4] * size / static_cast<double>(repeats);
  const double ratio = mean / (1 + mean);
  float sum = 0;
  for (Index repeat = 0; repeat < repeats; ++repeat) {
    const double draw = uniform(static_cast<std::uint64_t>(repeat * cells * genes + cell * genes + gene));
    for (double power = ratio; draw < power; power *= ratio) ++sum;
  }
  return sum;
}

}  // namespace

ExpressionMatrix simulated_batches(const mpi::Communicator& comm, bool with_few) {
  std::vector<double> base{0.01};
  for (Index j = 1; j < genes; ++j) base.push_back(base.back() * 1.011);
  const char* names[] = {"beta", "alpha", "gamma", "few"};
  std::vector<Index> chosen;
  std::vector<std::string> batch;
  for (Index i = 0; i < cells; ++i) {
    if (batch_of(i) == 3 && !with_few) continue;
    chosen.push_back(i);
    batch.emplace_back(names[batch_of(i)]);
  }
  RowMatrix x(static_cast<Index>(chosen.size()), genes);
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < genes; ++j)
      x(i, j) = count(chosen[static_cast<std::size_t>(i)], j, base[static_cast<std::size_t>(j)]);
  }
  ExpressionMatrix data{to_sparse(my_rows_of(x, comm)), {}, {}};
  if (!comm.is_root()) return data;
  for (const Index i : chosen) data.obs.names.push_back("C" + std::to_string(i));
  for (Index j = 0; j < genes; ++j) data.var.names.push_back("G" + std::to_string(j));
  data.obs.set("batch", std::move(batch));
  return data;
}

void add_batches(Annotations& obs) {
  std::vector<std::string> batch;
  for (std::size_t i = 0; i < obs.names.size(); ++i)
    batch.emplace_back(i % 7 < 4 ? "beta" : i % 7 < 6 ? "alpha" : "gamma");
  obs.set("batch", to_categorical(batch));
}

}  // namespace replearn::test
