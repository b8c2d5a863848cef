#pragma once
#include "methods/bigan/scaling.hpp"

namespace replearn::bigan {

/// The trained model: everything that new rows and samples need.
struct Model {
  EncoderGenerator<float> encoder_generator;
  ColumnScaling scaling;
};

/// Means and, with a stochastic encoder, log variances, rows x (q or 2 q), of rows in the scaled form of the networks.
/// Local.
nn::Batch<float> encode(const EncoderGenerator<float>& encoder_generator, const Draws<float>& rows);
/// G(z), in the scaled form of the networks. Local.
nn::Batch<float> generate(const EncoderGenerator<float>& encoder_generator, const nn::Batch<float>& z);
/// Standard normal draws by (seed, purpose, index of the row). Local.
nn::Batch<float> draw_normal(std::uint64_t seed, Purpose purpose, std::uint64_t first, Index rows, Index columns);

/// E(x) of every row (the mean of a stochastic encoder), n x q. x: n x m, with the columns of the model. Equal to the
/// bit on any number of ranks. All ranks, no communication.
DistributedMatrix encode_rows(const mpi::Communicator& comm, const Matrix& x, const Model& model);
/// G(E(x)) in the units of the data, for some rows of E(x). Local.
RowMatrix reconstruct(const Model& model, const RowMatrix& encoded);

struct Samples {
  DistributedMatrix x, z;  ///< count x m in the units of the data, count x q
};
/// G(z) of draws from the prior. Equal to the bit on any number of ranks. All ranks, no communication.
Samples draw_samples(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed);

}  // namespace replearn::bigan
