#pragma once
#include "methods/vae/data.hpp"
#include "methods/vae/network.hpp"

namespace replearn::vae {

/// The trained model, with the statistics of the cells needed to sample new ones.
struct Model {
  Network<float> network;
  double log_library_mean = 0, log_library_deviation = 0;
  std::vector<Index> levels;         ///< number of levels of each condition
  std::vector<double> level_shares;  ///< fraction of the cells at each level, condition by condition
};

/// Sets level_shares and, for count likelihoods with observed library sizes, mean and standard deviation of their
/// logarithms. Equal to the bit on any number of ranks. All ranks.
void describe_cells(const mpi::Communicator& comm, const Data& data, Model& model);

/// Of a Gaussian likelihood: sets output bias and variance to those of all entries. Equal to the bit on any number of
/// ranks. All ranks.
void start_from_data(const mpi::Communicator& comm, const Data& data, Network<float>& network);

}  // namespace replearn::vae
