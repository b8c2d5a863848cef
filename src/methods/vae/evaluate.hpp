#pragma once
#include "methods/vae/data.hpp"
#include "methods/vae/elbo.hpp"

/// Evaluation of a trained network, with running statistics and without dropout. Random numbers are drawn by (seed,
/// row): the same on any number of ranks, and sums agree to the last digits of float64. All ranks.
namespace replearn::vae {

/// The bound over the given local rows (counted from the first local row) of all ranks, with one draw of z each and the
/// full divergence regardless of beta and warm-up.
Bound evaluate(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
               std::span<const Index> rows, std::uint64_t seed);

/// Mean over these cells of -log p(x|z = 0), one code for all: the baseline that the bound must beat if the codes are
/// informative.
double loss_without_codes(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                          std::span<const Index> rows);

/// Importance-weighted bounds (Burda, Grosse and Salakhutdinov 2016): entry k - 1 is the mean over these cells of
///
///     L_k = log (1 / k) sum_j p(x, z_j) / q(z_j | x),   z_1 ... z_k drawn from q(z|x).
///
/// E L_1 is the ELBO; E L_k never decreases with k and converges to log p(x). Cost per cell: `samples` decoder passes.
std::vector<double> importance_bounds(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                                      std::span<const Index> rows, Index samples, std::uint64_t seed);

/// Means of q(z|x), n x q. Equal to the bit on any number of ranks for a given network.
DistributedMatrix embed(const mpi::Communicator& comm, const Network<float>& network, const Data& data);

/// Variance over all cells of the posterior mean of each latent dimension; a unit is active if it exceeds 0.01 (Burda
/// et al. 2016).
std::vector<double> variances_of_means(const mpi::Communicator& comm, const DistributedMatrix& means);
constexpr double active_from = 0.01;

/// E x given the posterior means of the latents, for local rows begin to begin + count. library: the library size to
/// normalize to; 0: each cell's own. Local.
RowMatrix decode_means(const Network<float>& network, const Data& data, const DistributedMatrix& means, Index begin,
                       Index count, double library = 0);

}  // namespace replearn::vae
