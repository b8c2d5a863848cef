#include "methods/bigan/outputs.hpp"

#include <numeric>

namespace replearn::bigan {

nn::Batch<float> encode(const EncoderGenerator<float>& encoder_generator, const Draws<float>& rows) {
  const auto patch = rows.patch();
  return encoder_generator.encoder.apply(encoder_generator.parameters, {&patch, 1}, patch.rows());
}

nn::Batch<float> generate(const EncoderGenerator<float>& encoder_generator, const nn::Batch<float>& z) {
  const Patch<float> patch{0, 0, nullptr, &z, nullptr};
  nn::Batch<float> x = encoder_generator.generator.apply(encoder_generator.parameters, {&patch, 1}, z.rows());
  apply_output_form<float>(encoder_generator.output, x);
  return x;
}

nn::Batch<float> draw_normal(std::uint64_t seed, Purpose purpose, std::uint64_t first, Index rows, Index columns) {
  nn::Batch<float> z(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    RandomStream stream(seed, purpose, first + static_cast<std::uint64_t>(i));
    for (Index k = 0; k < columns; ++k) z(i, k) = static_cast<float>(stream.normal());
  }
  return z;
}

// Whole blocks of the partition at a time, since the rounding of a product depends on its shape.
DistributedMatrix encode_rows(const mpi::Communicator& comm, const Matrix& x, const Model& model) {
  const auto& parts = partition(x);
  DistributedMatrix encoded(parts, comm.rank(), model.encoder_generator.latent);
  const auto shift = shift_row(model.scaling);
  Draws<float> draws;
  std::vector<Index> rows;
  for (Index block = parts.first_block(comm.rank()); block < parts.end_block(comm.rank()); ++block) {
    const Index begin = parts.block_begin(block) - encoded.first_row(),
                count = parts.block_end(block) - parts.block_begin(block);
    rows.resize(count);
    std::iota(rows.begin(), rows.end(), begin);
    take_rows(x, model.scaling, shift, rows, draws);
    encoded.local.middleRows(begin, count) =
        encode(model.encoder_generator, draws).leftCols(model.encoder_generator.latent);
  }
  return encoded;
}

RowMatrix reconstruct(const Model& model, const RowMatrix& encoded) {
  RowMatrix x = generate(model.encoder_generator, encoded);
  unscale(model.scaling, x);
  return x;
}

Samples draw_samples(const mpi::Communicator& comm, const Model& model, Index count, std::uint64_t seed) {
  const RowPartition parts(count, comm.shares());
  Samples samples{DistributedMatrix(parts, comm.rank(), model.encoder_generator.columns()),
                  DistributedMatrix(parts, comm.rank(), model.encoder_generator.latent)};
  for (Index block = parts.first_block(comm.rank()); block < parts.end_block(comm.rank()); ++block) {
    const Index begin = parts.block_begin(block), rows = parts.block_end(block) - parts.block_begin(block),
                at = begin - samples.x.first_row();
    const auto z = draw_normal(seed, Purpose::bigan_samples, static_cast<std::uint64_t>(begin), rows,
                               model.encoder_generator.latent);
    samples.z.local.middleRows(at, rows) = z;
    samples.x.local.middleRows(at, rows) = reconstruct(model, z);
  }
  return samples;
}

}  // namespace replearn::bigan
