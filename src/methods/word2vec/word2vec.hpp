#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/named_arrays.hpp"
#include "data/word_ids.hpp"
#include "methods/word2vec/options.hpp"
#include "methods/word2vec/parts.hpp"
#include "mpi/communicator.hpp"

namespace replearn::word2vec {

/// Where training begins: my rows of each part. A part that is not given starts as in a new model: the input rows
/// drawn, the others 0.
struct Start {
  std::optional<DistributedMatrix> input, noise, inner;
};

/// word2vec (Mikolov et al. 2013, "Efficient estimation of word representations in vector space"; "Distributed
/// representations of words and phrases and their compositionality"); a computation that runs up to step N. An epoch is
/// steps_per_epoch() steps, each about a million words or a thousandth of the corpus, cut by the corpus alone.
///
/// Unless deterministic: ranks that share a model (those of a node) take the shards of a step as they come and change
/// the model without locks, so that two runs agree in quality and not in bits; each node takes its part of a step, and
/// the models are averaged while training goes on (see Averaging).
///
/// Deterministic: eight lanes, dealt to the ranks, take a shard each. From the model as it is, each trains on its next
/// few hundred words in private; then all changes are added to the model lane by lane, those of frequent words damped.
/// The same vectors to the bit on any number of ranks and nodes; no more than eight ranks have work, and each round
/// sends what it changed to all of them: several times slower (README.md).
///
/// Per word kept, skip-gram with n drawn words, window w: about 6 (w + 1) (n + 1) d flops and 8 (w + n + 2) d bytes of
/// rows.
class State {
 public:
  /// counts: of the vocabulary, descending. start: see there; parts that the model does not have are passed over.
  /// ranks_per_model: how many ranks of a node share a model; 0: all of them. All ranks; comm must outlive the state.
  /// Throws InputError for options that do not fit.
  State(const mpi::Communicator& comm, std::span<const Index> counts, WordStream text, const Options& options,
        const Start* start = nullptr, Index ranks_per_model = 0);
  ~State();
  State(State&&) noexcept;

  Index step() const;
  Index steps() const;  ///< of all epochs
  Index steps_per_epoch() const;
  /// Goes on to this step. A call of many steps has fewer waits than many calls. All ranks. Throws InputError on all
  /// ranks for what is wrong with the text, and when the vectors are no longer finite.
  void run_until(Index step);

  /// Models trained side by side: one, but on several nodes.
  Index models() const;
  /// Words of the vocabulary that training has come by.
  Index words() const;
  /// Learning rate now.
  double alpha() const;
  /// Of each epoch begun, the mean of -log sigma over its pairs, each as it was before its step; NaN without pairs.
  std::vector<double> losses() const;
  /// Bytes sent between models for averaging, by all of them, so far.
  double bytes_between_models() const;
  /// Makes the models of all nodes one. All ranks.
  void unify();
  /// The words' vectors, V x d, unified. All ranks.
  DistributedMatrix vectors() { return rows(Part::input); }
  /// Which parts the model has, by its options.
  std::vector<Part> parts() const;
  /// A part, unified; what a Start takes to go on from here. All ranks.
  DistributedMatrix rows(Part part);
  /// The same where it lies, until the next step. All ranks.
  RowsView view(Part part);

  /// For a checkpoint: everything that the next steps depend on, unified; each rank's rows of each part, copied. Good
  /// until the next call. All ranks.
  NamedArrays arrays();
  /// After arrays() were filled from one. All ranks.
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::word2vec
