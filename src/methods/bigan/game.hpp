#pragma once
#include "methods/bigan/options.hpp"
#include "nn/spectral_norm.hpp"

namespace replearn::bigan {

/// Encoder and generator, with their weights in one flat array.
template <class Scalar>
struct EncoderGenerator {
  EncoderGenerator() = default;
  EncoderGenerator(const Options& options, Index columns);
  EncoderKind kind = EncoderKind::stochastic;
  OutputForm output = OutputForm::identity;
  Index latent = 0;
  nn::Parameters<Scalar> parameters;
  Mlp<Scalar> encoder;    ///< m -> q means (and q log variances)
  Mlp<Scalar> generator;  ///< q -> m
  Index columns() const { return encoder.shape().inputs; }
};

/// Applies the output form of the generator to its network's output, in place. Local.
template <class Scalar>
void apply_output_form(OutputForm form, nn::BatchRef<Scalar> x);

/// Local rows of a batch: scaled x, sparse or dense, and the random draws of each row, n x q (interpolation: n x 1).
template <class Scalar>
struct Draws {
  nn::Batch<Scalar> x;
  nn::SparseBatch<Scalar> sparse_x;
  const nn::Batch<Scalar>* shift = nullptr;  ///< shift of sparse_x, see Patch
  bool is_sparse = false;
  nn::Batch<Scalar> z;              ///< draws from the prior
  nn::Batch<Scalar> noise;          ///< standard normal: z^ = mean + deviation * noise
  nn::Batch<Scalar> interpolation;  ///< interpolation factors in [0, 1), for Penalty::between
  Index rows() const { return z.rows(); }
  Patch<Scalar> patch(Index row = 0, Index column = 0) const {
    if (is_sparse) return {row, column, &sparse_x, nullptr, shift};
    return {row, column, nullptr, &x, nullptr};
  }
};

/// Losses and accuracies of the discriminator on a batch, summed over the local rows.
struct DiscriminatorLoss {
  double loss = 0;               ///< loss of the discriminator, without the penalty
  double correct_encoder = 0;    ///< encoder pairs classified correctly
  double correct_generator = 0;  ///< generator pairs classified correctly
  double gradient = 0;           ///< squared norm of the discriminator's gradient, if penalized
};

/// The objective of adversarially learned inference (Dumoulin et al. 2017; Donahue, Kraehenbuehl and Darrell 2017): a
/// discriminator with logit f sees pairs of data and their codes, and pairs of samples and their codes,
///
///     min over E, G, max over f of  mean log sigmoid(f(x, z^)) + mean log(1 - sigmoid(f(x~, z))),
///     z^ = E(x), or drawn from N(mean(x), e^v(x));   x~ = G(z), z ~ N(0, 1).
///
/// At the optimum both kinds of pairs have the same distribution: G(z) is distributed as the data, E(x) as z, and E and
/// G invert each other. All functions are called on all ranks; gradients are those of the local rows, divided by the
/// number of rows on all ranks (`n`), and are added. Tests compare with central differences and with PyTorch.
template <class Scalar>
class Game {
 public:
  using Batch = nn::Batch<Scalar>;
  using Finished = typename Mlp<Scalar>::Finished;

  Game(const Options& options, Index columns);
  EncoderGenerator<Scalar> encoder_generator;
  nn::Parameters<Scalar> discriminator_weights;  ///< the discriminator's weights
  nn::SpectralNorm<Scalar> spectral;
  Mlp<Scalar>& discriminator() { return discriminator_; }

  /// Computes z^ and x~ of a batch, kept (with intermediate results) until the next call.
  void make_pairs(const mpi::Communicator& comm, const Draws<Scalar>& draws);
  const Batch& encoded() const { return encoded_; }
  const Batch& generated() const { return generated_; }
  /// Gradients of the discriminator: of mean softplus(f~) + softplus(f^) - (1 - smoothing) f^, f^ at encoder pairs,
  /// and, if `penalize`, of penalty_every * gamma / 2 * mean |df/d(x, z)|^2. Without spectral normalization `finished`
  /// is called for each piece of `discriminator_weights`, otherwise once for the whole.
  DiscriminatorLoss discriminator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Index n,
                                            bool penalize, const Finished& finished = {});
  /// Gradients of encoder and generator through the current discriminator and, with a cycle_weight w, those of w |x -
  /// G(z^)|^2 / m, m columns (Li et al. 2017, "ALICE": without it both kinds of pairs may agree although E and G do not
  /// invert each other, since the objective does not determine which code belongs to which x). Returns the sum of the
  /// loss.
  double generator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Index n,
                             const Finished& finished = {});

 private:
  nn::Parameters<Scalar>& effective_weights();  ///< weights as the discriminator uses them
  std::vector<Patch<Scalar>> pairs(const Draws<Scalar>& draws) const;
  Batch& logits(const mpi::Communicator& comm, const Draws<Scalar>& draws);
  double cycle_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar share,
                         const Finished& finished);
  double penalize_interpolates(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar weight);

  Options options_;
  Mlp<Scalar> discriminator_;
  nn::Parameters<Scalar> normalized_;  // used with spectral normalization
  Batch encoded_, generated_, deviation_, dlogits_, dencoded_, dgenerated_, x_interpolated_, z_interpolated_,
      reconstructed_;
};

}  // namespace replearn::bigan
