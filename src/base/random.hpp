#pragma once
#include <array>
#include <cstdint>

namespace replearn {

/// Purposes of random streams. Streams of different purposes never overlap. The values affect results: only append,
/// never renumber.
enum class Purpose : std::uint32_t {
  test = 0,
  simulate = 1,
  randomized_svd_sketch = 2,
  tsne_start = 3,
  drawing_order = 4,
  neighbor_clusters = 5,
  sammon_relaxation = 6,
  neighbor_recall = 7,
  tsne_spectral_start = 8,
  tsne_sample = 9,
  initial_weights = 20,
  dropout = 21,
  input_noise = 22,
  factorize_held_out = 23,
  factorize_samples = 24,
  factorize_genes = 25,
  factorize_order = 26,
  factorize_pairs = 27,
  factorize_start = 28,
  sammon_order = 30,
  sammon_rounds = 31,
  sammon_landmarks = 32,
  sammon_start = 33,
  ppca_start = 50,
  vae_held_out = 60,
  vae_batches = 61,
  vae_noise = 62,
  vae_evaluation = 63,
  vae_samples = 64,
  bigan_batches = 65,
  bigan_noise = 66,
  bigan_evaluation = 67,
  bigan_samples = 68,
  spectral_start = 69,
  evaluation_rows = 70,
  evaluation_pairs = 71,
  evaluation_points = 72,
  umap_start = 73,
  umap_edges = 74,
  umap_negatives = 75,
  harmony_start = 76,
  harmony_parts = 77,
  leiden_order = 78,
  word2vec_start = 80,
  word2vec_training = 81,
  word2vec_order = 82,
  page_sample = 90,
  page_pairs = 91,
};

/// Random numbers that depend only on (seed, purpose, global index), so they are the same on any number of ranks and in
/// any order of work. Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
///
/// Cheap to construct: one per row, column or point. Up to 2^34 draws per stream.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t global_index);

  std::uint32_t next_u32();
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  /// Standard normal, by the Box-Muller transform.
  double normal();
  /// Uniform integer in [0, bound), unbiased. bound > 0.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::uint64_t seed_;
  std::uint64_t index_;
  std::uint32_t purpose_;
  std::uint32_t block_ = 0;  // index of the next block of four numbers
  std::array<std::uint32_t, 4> ready_{};
  int left_ = 0;            // unused numbers in `ready_`
  bool has_spare_ = false;  // Box-Muller generates two at a time
  double spare_ = 0;
};

}  // namespace replearn
