#pragma once
#include "methods/bigan/options.hpp"
#include "nn/spectral_norm.hpp"

namespace replearn::bigan {

/// Encoder and generator, their weights in one flat array.
template <class Scalar>
struct EncoderGenerator {
  EncoderGenerator() = default;
  EncoderGenerator(const Options& options, Index columns);
  EncoderKind kind = EncoderKind::stochastic;
  OutputForm output = OutputForm::identity;
  Index latent = 0;
  nn::Parameters<Scalar> parameters;
  Mlp<Scalar> encoder;    ///< m -> q means (and q logarithms of variances)
  Mlp<Scalar> generator;  ///< q -> m
  Index columns() const { return encoder.shape().inputs; }
};

/// x that the generator makes of its network's output, in place. Local.
template <class Scalar>
void form_output(OutputForm form, nn::BatchRef<Scalar> x);

/// My rows of a batch: scaled x, sparse or dense; and what is drawn for each, all n x q (between: n x 1).
template <class Scalar>
struct Draws {
  nn::Batch<Scalar> x;
  nn::SparseBatch<Scalar> sparse_x;
  const nn::Batch<Scalar>* shift = nullptr;  ///< of sparse_x, see Patch
  bool is_sparse = false;
  nn::Batch<Scalar> z;        ///< of the prior
  nn::Batch<Scalar> noise;    ///< standard normal: z^ = mean + deviation * noise
  nn::Batch<Scalar> between;  ///< in [0, 1), for Penalty::between
  Index rows() const { return z.rows(); }
  Patch<Scalar> patch(Index row = 0, Index column = 0) const {
    if (is_sparse) return {row, column, &sparse_x, nullptr, shift};
    return {row, column, nullptr, &x, nullptr};
  }
};

/// What the discriminator made of a batch: sums over my rows.
struct DiscriminatorLoss {
  double loss = 0;             ///< its own, without the penalty
  double right_encoder = 0;    ///< encoder pairs told as such
  double right_generator = 0;  ///< generator pairs told as such
  double gradient = 0;         ///< squared length of its gradient, where penalized
};

/// The game of adversarially learned inference (Dumoulin et al. 2017; Donahue, Kraehenbuehl and Darrell 2017): a
/// discriminator with logit f sees pairs of data with their encodings and of samples with their codes,
///
///     min over E, G, max over f of  mean log sigmoid(f(x, z^)) + mean log(1 - sigmoid(f(x~, z))),
///     z^ = E(x), or drawn from N(mean(x), e^v(x));   x~ = G(z), z ~ N(0, 1);
///
/// whose end is that both kinds of pairs are alike: then G(z) is distributed as the data, E(x) as z, and the one
/// inverts the other. All ranks take part in every call; gradients are of this rank's rows, divided by those of all
/// (`n`), and are added. tests compare with central differences and with PyTorch.
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

  /// z^ and x~ of a batch, kept (with what lies between) until the next.
  void make_pairs(const mpi::Communicator& comm, const Draws<Scalar>& draws);
  const Batch& encoded() const { return encoded_; }
  const Batch& generated() const { return generated_; }
  /// The discriminator's gradients: of mean softplus(f~) + softplus(f^) - (1 - smoothing) f^, f^ at encoder pairs, and,
  /// if `penalize`, of penalty_every * gamma / 2 * mean |df/d(x, z)|^2. Without spectral normalization `finished` is
  /// told of each piece of `discriminator_weights`, else of the whole.
  DiscriminatorLoss discriminator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Index n,
                                            bool penalize, const Finished& finished = {});
  /// The gradients of encoder and generator, through the discriminator as it stands, and with a cycle_weight w those of
  /// w |x - G(z^)|^2 / m, m columns (Li et al. 2017, "ALICE": without it pairs may be alike though E and G do not
  /// invert each other, since the game says nothing of which code goes with which x). Returns the sum of their loss.
  double generator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Index n,
                             const Finished& finished = {});

 private:
  nn::Parameters<Scalar>& seen();  ///< weights as the discriminator works with them
  std::vector<Patch<Scalar>> pairs(const Draws<Scalar>& draws) const;
  Batch& logits(const mpi::Communicator& comm, const Draws<Scalar>& draws);
  double cycle_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar share,
                         const Finished& finished);
  double penalize_between(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar weight);

  Options options_;
  Mlp<Scalar> discriminator_;
  nn::Parameters<Scalar> normalized_;  // with spectral normalization
  Batch encoded_, generated_, deviation_, dlogits_, dencoded_, dgenerated_, x_between_, z_between_, returned_;
};

}  // namespace replearn::bigan
