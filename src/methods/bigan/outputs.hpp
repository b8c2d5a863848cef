#pragma once
#include "methods/bigan/scaling.hpp"

namespace replearn::bigan {

/// What was learned: all that new rows and samples need.
struct Model {
  EncoderGenerator<float> encoder_generator;
  ColumnScaling scaling;
};

/// Means and, of a stochastic encoder, logarithms of variances, rows x (q or 2 q), of rows as the networks see them.
/// Local.
nn::Batch<float> encode(const EncoderGenerator<float>& encoder_generator, const Draws<float>& rows);
/// G(z), as the networks see it. Local.
nn::Batch<float> generate(const EncoderGenerator<float>& encoder_generator, const nn::Batch<float>& z);
/// Standard normal numbers by (seed, purpose, index of the row). Local.
nn::Batch<float> draw_normal(std::uint64_t seed, Purpose purpose, std::uint64_t first, Index rows, Index columns);

/// E(x) of every row (of a stochastic encoder the mean), n x q. x: n x m, m as the model's. The
/// same to the bit on any number of ranks. All ranks, no communication.
DistributedMatrix encode_rows(const mpi::Communicator& comm, const Matrix& x, const Model& model);
/// G(E(x)) in the data's units, of some rows of E(x). Local.
RowMatrix reconstruct(const Model& model, const RowMatrix& encoded);

struct Samples {
  DistributedMatrix x, z;  ///< count x m in the data's units, count x q
};
/// G(z) of draws from the prior. The same to the bit on any number of ranks. All ranks, no communication.
Samples draw_samples(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed);

}  // namespace replearn::bigan
