#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "data/named_arrays.hpp"
#include "methods/word2vec/options.hpp"
#include "methods/word2vec/parts.hpp"
#include "mpi/communicator.hpp"
#include "text/word_ids.hpp"

namespace replearn::word2vec {

/// Initial parameters: local rows of each part. Missing parts are initialized as in a new model: input rows random, the
/// others 0.
struct Start {
  std::optional<DistributedMatrix> input, output, inner;
};

/// word2vec (Mikolov et al. 2013, "Efficient estimation of word representations in vector space"; "Distributed
/// representations of words and phrases and their compositionality"); a computation that runs up to step N. An epoch
/// has steps_per_epoch() steps, each about a million words or a thousandth of the corpus; the division depends on the
/// corpus alone.
///
/// By default, ranks that share a model (those of a node) take the shards of a step dynamically and update the model
/// without locks, so that two runs agree in quality but not in bits; each node processes its part of a step, and the
/// models are averaged during training (see Averaging). With options.deterministic the vectors are equal to the bit on
/// any number of ranks and nodes, several times slower; see README.md.
///
/// Cost per word kept, skip-gram with n negative samples, window w: about 6 (w + 1) (n + 1) d flops and 8 (w + n + 2) d
/// bytes of rows.
class State {
 public:
  /// counts: of the vocabulary, descending. start: initial parameters; parts that the model does not have are ignored.
  /// ranks_per_model: number of ranks of a node that share a model; 0: all of them. All ranks; comm must outlive the
  /// state.
  /// Throws InputError for invalid options.
  State(const mpi::Communicator& comm, std::span<const Index> counts, WordStream text, const Options& options,
        const Start* start = nullptr, Index ranks_per_model = 0);
  ~State();
  State(State&&) noexcept;

  Index step() const;
  Index steps() const;  ///< total over all epochs
  Index steps_per_epoch() const;
  /// Runs up to step `step`. One call of many steps waits less than many calls. All ranks. Throws InputError on all
  /// ranks for errors in the text, and if the vectors are no longer finite.
  void run_until(Index step);

  /// Number of models trained in parallel: one, except on several nodes.
  Index models() const;
  /// Vocabulary words processed so far.
  Index words() const;
  /// Current learning rate.
  double alpha() const;
  /// Mean of -log sigma over the pairs of each epoch begun, each before its update; NaN without pairs.
  std::vector<double> losses() const;
  /// Bytes sent between models for averaging so far, by all of them.
  double bytes_between_models() const;
  /// Averages the models of all nodes into one. All ranks.
  void unify();
  /// The word vectors, V x d, after unify(). All ranks.
  DistributedMatrix vectors() { return rows(Part::input); }
  /// Parts of the model, according to its options.
  std::vector<Part> parts() const;
  /// One part, after unify(), from which a Start can continue. All ranks.
  DistributedMatrix rows(Part part);
  /// A view of the part in place, valid until the next step. All ranks.
  RowsView view(Part part);

  /// State for a checkpoint: everything that the next steps depend on, unified; each rank's rows of each part, copied.
  /// Valid until the next call. All ranks.
  NamedArrays arrays();
  /// Continues from the restored arrays(). All ranks.
  void resume();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::word2vec
