#pragma once
#include <string>
#include <vector>

#include "app/forecast/forecast.hpp"
#include "methods/neighbors/neighbors.hpp"
#include "methods/pca/pca.hpp"

/// Costs of what several steps do: reading, components, neighbors, training. Times are those of one core of an Intel
/// Xeon with AVX-512; benchmarks/forecast compares them with measurements. All functions are local.
namespace replearn::app {

/// Blocks of rows that pass through the memory of each rank while X stays on disk, in bytes.
constexpr double streaming_buffers = 1.2e8;

/// Whether that share of X, so many times, stays on disk: as Workspace::exceeds_memory decides.
bool stays_on_disk(const JobForecast& job, double share, int copies);

/// X, or a share of its columns, is read into memory and stays there, unless it is there already.
void forecast_x(JobForecast& job, double share = 1);

/// Components of X (of its variable genes, if `variable`), as Workspace::representation and pca make them.
void forecast_components(JobForecast& job, const pca::Options& options, bool variable);

/// The columns of a representation, whose components are computed first if need be.
Index forecast_representation(JobForecast& job, const std::string& use_rep);

/// A neighbor search with k neighbors.
void forecast_neighbors(JobForecast& job, Index k, Index columns, neighbors::Method method);

/// Weights of the edges of the graph, and the graph kept for later steps.
void forecast_graph(JobForecast& job, Index k);

/// Weights of fully connected layers of these widths between inputs and outputs, without biases.
double layer_weights(double inputs, const std::vector<Index>& widths, double outputs);

/// A network in training: `weights` of them, each used once per row, for `rows` rows in all in `steps` steps.
struct Training {
  std::string phase;
  double weights = 0, rows = 0, steps = 0;
  double flops_per_second = 7e10;
};
void forecast_training(JobForecast& job, const Training& training, const MemoryNeed& during);

/// The output is written: its matrices, with all that the input has if `all`.
void forecast_output(JobForecast& job, bool all);

}  // namespace replearn::app
