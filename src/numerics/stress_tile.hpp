#pragma once
#include <vector>

#include "base/index.hpp"

/// The pairs of two groups of points, as a weighted stress sees them: how far each pair's distance in a map is from the
/// given one, and where that pushes both of its points. Many pairs side by side in the lanes of vectors; each pair is
/// worked out once and serves both of its points.
namespace replearn {

/// Of a pair at given distance g: 1 / (g^a + b). a = 1, b = 0: Sammon's; a = 0, b = 0: all pairs alike; a = 1, b = 1:
/// smoothed, so that the nearest pairs do not outweigh the rest.
struct PairWeight {
  double a = 1, b = 0;
  bool operator==(const PairWeight&) const = default;
  /// In float64. given > 0.
  double operator()(double given) const;
};

/// Side of a tile at most, and what it is a multiple of.
constexpr Index largest_stress_tile = 240, stress_tile_step = 48;

/// One side's points: q arrays of `side` coordinates, one behind the other; weights: `side` of them, or nullptr: all 1.
struct TilePoints {
  const float* coordinates;
  const float* weights;
};

/// What the pairs of a tile add up to. a: for the tile's rows, b: for its columns.
struct TileSums {
  TileSums(Index side, Index q);
  double stress = 0;                      ///< sum of w (g - d)^2
  std::vector<float> first_a, first_b;    ///< q x side: w (g - d) / d * (own - other coordinate)
  std::vector<float> second_a, second_b;  ///< q x side: w (1 - g / d + g (own - other)^2 / d^3)
  std::vector<float> point_a, point_b;    ///< side: w (g - d)^2
};

/// gradient: stress and first; all: second and point as well.
enum class Detail { gradient, all };

/// Works out a side x side tile. given: row-major distances of the rows from the columns; 0 where there is no pair
/// (padding, the half of a tile on the diagonal that mirrors the other half). w is PairWeight of g times the weights of
/// the two points. `sums` is overwritten. Points that coincide in the map have no direction between them: they count in
/// stress and point alone. side: a multiple of stress_tile_step.
///
/// float32: sums over at most `side` pairs, in an order that side and q fix; stress is summed further in float64.
/// Local. Cost: about 22 + 4 q vector operations for each vector of pairs (16 with AVX-512): 0.2 ns a pair
/// at q = 2, 0.33 with Detail::all.
void stress_tile(const PairWeight& weight, Index side, Index q, const float* given, TilePoints a, TilePoints b,
                 Detail detail, TileSums& sums);

/// The weights alone: sums over each row (on_a) and each column (on_b), `side` numbers each, overwritten. Returns the
/// sum of w g^2 over the tile. Local.
double weigh_tile(const PairWeight& weight, Index side, const float* given, const float* a_weights,
                  const float* b_weights, float* on_a, float* on_b);

}  // namespace replearn
