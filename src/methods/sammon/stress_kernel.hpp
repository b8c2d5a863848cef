#pragma once
#include <vector>

#include "base/index.hpp"

/// Weighted stress of the pairs of two groups of points: residuals between map and given distances and their gradients.
/// Many pairs are computed in parallel in SIMD lanes; each pair is computed once for both of its points.
namespace replearn::sammon {

/// Weight of a pair at given distance g: 1 / (g^a + b). a = 1, b = 0: Sammon; a = 0, b = 0: equal weights; a = 1, b =
/// 1: smoothed, so that the nearest pairs do not dominate.
struct PairWeight {
  double a = 1, b = 0;
  bool operator==(const PairWeight&) const = default;
  /// In float64. given > 0.
  double operator()(double given) const;
};

/// Maximum side of a tile, and the number it is a multiple of.
constexpr Index largest_stress_tile = 240, stress_tile_step = 48;

/// Points of one side: q consecutive arrays of `side` coordinates; weights: `side` numbers, or nullptr: all 1.
struct TilePoints {
  const float* coordinates;
  const float* weights;
};

/// Sums over the pairs of a tile. a: for the rows of the tile, b: for its columns.
struct TileSums {
  TileSums(Index side, Index q);
  double stress = 0;                      ///< sum of w (g - d)^2
  std::vector<float> first_a, first_b;    ///< q x side: w (g - d) / d * (own - other coordinate)
  std::vector<float> second_a, second_b;  ///< q x side: w (1 - g / d + g (own - other)^2 / d^3)
  std::vector<float> point_a, point_b;    ///< side: w (g - d)^2
};

/// gradient: computes stress and first; all: second and point as well.
enum class Detail { gradient, all };

/// Computes a side x side tile. given: row-major distances between rows and columns; 0 where there is no pair (padding,
/// the lower half of a diagonal tile). w is PairWeight of g times the weights of the two points. `sums` is overwritten.
/// Coincident map points have no direction and contribute only to stress and point. side: a multiple of
/// stress_tile_step.
///
/// Sums over at most `side` pairs are in float32, in an order that depends on side and q; stress is then summed in
/// float64. Local. Cost: about 22 + 4 q vector operations per vector of pairs (16 with AVX-512): 0.2 ns per pair at q =
/// 2, 0.33 ns with Detail::all.
void stress_tile(const PairWeight& weight, Index side, Index q, const float* given, TilePoints a, TilePoints b,
                 Detail detail, TileSums& sums);

/// Sums of weights only: over each row (row_weights) and each column (column_weights), `side` numbers each,
/// overwritten. Returns the sum of w g^2 over the tile. Local.
double weigh_tile(const PairWeight& weight, Index side, const float* given, const float* a_weights,
                  const float* b_weights, float* row_weights, float* column_weights);

}  // namespace replearn::sammon
