#pragma once
#include "methods/vae/data.hpp"
#include "methods/vae/elbo.hpp"

/// What a trained network is worth. By running statistics, without dropout; random numbers by (seed, row): the same on
/// any number of ranks, and sums to float64's last digits. All ranks.
namespace replearn::vae {

/// The bound over some of my rows (counted from my first) and those of all other ranks, one draw of z each, with the
/// divergence in full whatever beta and warm-up were.
Bound evaluate(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
               std::span<const Index> rows, std::uint64_t seed);

/// Mean over the same cells of -log p(x|z = 0), one code for all: what the bound has to beat if codes say anything.
double loss_without_codes(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                          std::span<const Index> rows);

/// Importance-weighted bounds (Burda, Grosse and Salakhutdinov 2016): entry k - 1 is the mean over the same cells of
///
///     L_k = log (1 / k) sum_j p(x, z_j) / q(z_j | x),   z_1 ... z_k drawn from q(z|x).
///
/// E L_1 is the ELBO; E L_k never falls with k, and goes to log p(x). Cost of a cell: `samples` decoder passes.
std::vector<double> importance_bounds(const mpi::Communicator& comm, const Network<float>& network, const Data& data,
                                      std::span<const Index> rows, Index samples, std::uint64_t seed);

/// Means of q(z|x), n x q. To the bit on any number of ranks, the network being the same.
DistributedMatrix embed(const mpi::Communicator& comm, const Network<float>& network, const Data& data);

/// Variances over all cells of the posterior means, one a latent dimension; a unit is called active where it is above
/// 0.01 (Burda et al. 2016).
std::vector<double> variances_of_means(const mpi::Communicator& comm, const DistributedMatrix& means);
constexpr double active_from = 0.01;

/// E x of some cells given the means of their latents: my rows begin to begin + count. normalized: at the library size
/// `library`, 0: at each cell's own. Local.
RowMatrix expected(const Network<float>& network, const Data& data, const DistributedMatrix& means, Index begin,
                   Index count, double library = 0);

}  // namespace replearn::vae
