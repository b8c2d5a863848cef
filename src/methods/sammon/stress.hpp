#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/sammon/stored_distances.hpp"

namespace replearn::sammon {

/// The stress of a map and its derivatives. With w = 1 / d* (Sammon's weight) these are the equations of the paper:
///
///     E     = 1/c sum_{i<j} w_ij (d*_ij - d_ij)^2,     c = sum_{i<j} w_ij d*_ij^2                              (1)
///     e1_ip = sum_j w_ij (d*_ij - d_ij) / d_ij * (y_ip - y_jp)               dE/dy_ip     = -2/c e1_ip         (2)
///     e2_ip = sum_j w_ij (1 - d*_ij / d_ij + d*_ij (y_ip - y_jp)^2 / d_ij^3) d2E/dy_ip^2  =  2/c e2_ip         (3)
struct Evaluation {
  double stress = 0;        ///< E; infinite if points are not finite or farther apart than 1e18
  RowMatrixD e1;            ///< local rows x q
  RowMatrixD e2;            ///< local rows x q; empty if Detail::gradient
  RowMatrixD point_stress;  ///< local rows x 1: sum_j w_ij (d*_ij - d_ij)^2; empty if Detail::gradient
};

/// y: local rows of the points, n x q over all ranks. Pairs in float32 (stress_kernel.hpp), sums of tiles in float64
/// and integers. All ranks; equal to the bit on any number of them. Cost: n^2 / 2 p pairs, 0.2 to 0.4 ns each; 4 n q
/// bytes gathered, 8 n q (Detail::all: 8 n (2 q + 1)) bytes scattered, 3 or 5 messages.
Evaluation evaluate(const mpi::Communicator& comm, const StoredDistances& given, const RowMatrixD& y, Detail detail);

/// All points in the layout of the tiles: for each group q arrays of `side` coordinates, float32, zero-padded. All
/// ranks.
std::vector<float> gather_groups(const mpi::Communicator& comm, const RowPartition& partition, const PairTiles& tiles,
                                 const RowMatrixD& y);

}  // namespace replearn::sammon
