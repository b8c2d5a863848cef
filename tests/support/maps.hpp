#pragma once
#include <string>
#include <vector>

#include "support/random_rows.hpp"

namespace replearn::test {

/// Maps of the shapes that t-SNE passes through, and of those that fast repulsion finds hard. The same on every rank.
struct NamedMap {
  std::string name;
  RowMatrix points;
};

/// Normal points around centers, normal themselves.
inline RowMatrix clusters(Index n, Index q, Index count, float between, float within, std::uint64_t seed) {
  const RowMatrix centers = between * random_rows(count, q, seed);
  RowMatrix points = within * random_rows(n, q, seed + 1);
  for (Index i = 0; i < n; ++i) points.row(i) += centers.row((i * i + 3 * i) % count);
  return points;
}

inline std::vector<NamedMap> maps(Index n, Index q) {
  RowMatrix outliers = random_rows(n, q, 106);
  outliers.row(n / 2).setConstant(150);
  outliers.row(n - 1).setConstant(-100);
  RowMatrix few_places = clusters(n, q, 7, 20, 0, 107);
  RowMatrix shifted = clusters(n, q, 5, 10, 2, 109);
  shifted.col(0).array() += 700;
  return {{"collapsed", 1e-4f * random_rows(n, q, 101)},
          {"a little wider", 0.05f * random_rows(n, q, 102)},
          {"wide as the kernel", random_rows(n, q, 103)},
          {"clustered", clusters(n, q, 20, 25, 2, 104)},
          {"tight clusters", clusters(n, q, 50, 25, 0.2f, 105)},
          {"far-flung", 60 * random_rows(n, q, 108)},
          {"outliers", outliers},
          {"few places", few_places},
          {"off center", shifted}};
}

}  // namespace replearn::test
