#pragma once
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "data/named_arrays.hpp"

namespace replearn::io {

/// A condition that must match for a checkpoint to be usable, in readable form.
struct Condition {
  std::string name, value;  ///< "tsne.perplexity", "30"
  std::string where =
      {};  ///< file whose contents `value` describes, named in the error message; its path is not compared; empty: none
};
using Conditions = std::vector<Condition>;

struct RowsInFile;

/// Thrown when a later run has taken over the folder: this run must not write any more.
class Superseded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Checkpoint folder of one job, which may be restarted until it finishes. It keeps the last two checkpoints of each
/// computation: HDF5 files of named arrays, sealed with checksums (checkpoint_seal.hpp).
///
///     tsne.3.17.h5      the 17th of the job's third run: /arrays/...; attributes step, conditions, written (when, on
///                       how many ranks)
///     tsne.3.17.h5.damaged       a damaged checkpoint; ignored
///     incarnation.3     identity of the job's third run: host, process, scheduler job ID; and the conditions
///
/// A run claims the folder by creating the next incarnation. A run that was presumed dead but is still alive (its node
/// lost the network) sees the later incarnation before it writes under a final name, and stops. File names contain the
/// incarnation, so two runs never write the same file. Other files in the folder are left alone, and the folder is
/// removed at the end only if a run of this job created it.
///
/// All functions are called by all ranks.
class CheckpointFolder {
 public:
  /// Creates the folder if necessary and claims it. Throws InputError if it is not writable, or if it belongs to a job
  /// with other conditions, naming the first few that differ; that job is not affected. log: receives warnings about
  /// damaged files.
  CheckpointFolder(const mpi::Communicator& comm, const std::string& path, Conditions conditions,
                   const Log& log = Log());

  /// The first run releases its claim if it wrote no checkpoint, so that the next run may use other options.
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  const std::string& path() const { return path_; }

  /// Writes the arrays to a temporary file, flushes it, reads it back from disk, compares checksums, and renames it.
  /// Each rank writes its rows; root writes replicated arrays. The previous checkpoint is kept even if this one fails;
  /// older ones are removed. Throws SystemError (full disk, lost file system) and leaves the folder unchanged, or
  /// Superseded.
  void save(const std::string& name, Index step, const NamedArrays& arrays);

  /// Fills the arrays from the most recent valid checkpoint of this name and returns its step. Damaged ones are logged
  /// and renamed. Returns nothing if there is none, and logs it if all were damaged. Throws InputError if conditions
  /// differ (naming the first few that do), or arrays are missing or of other rows.
  std::optional<Index> load(const std::string& name, const NamedArrays& arrays);

  /// Throws Superseded if a later run has claimed the folder. On root alone (local): throws SystemError instead.
  void require_claim() const;
  void require_claim_on_root() const;

  /// Whether the folder contains a file of this name. Root checks; the result is known on all ranks.
  bool holds(const std::string& file) const;
  bool holds_on_root(const std::string& file) const;  ///< like holds(), root only
  void remove(const std::string& file) const;

  /// Removes the checkpoints of a finished job, and the folder if a run of this job created it and it is otherwise
  /// empty.
  void discard();

 private:
  std::string takeover_reason() const;  // empty if not taken over; root only
  void claim();                         // root only
  void write_marker();                  // root only
  bool is_removable(const std::string& checkpoint) const;
  std::vector<std::string> checkpoints_of(const std::string& name) const;
  /// Returns the file offsets of the distributed rows. Root only.
  std::vector<RowsInFile> write_all_but_rows(const std::string& path, Index step, const NamedArrays& arrays) const;
  void write_temporary(const std::string& temporary, Index step, const NamedArrays& arrays) const;
  /// Returns the step if the checkpoint belongs to this job. Root only.
  Index read_step(const std::string& path) const;
  std::string hint() const;

  const mpi::Communicator& comm_;
  std::string path_;
  Conditions conditions_;
  Log log_;
  Index incarnation_ = 0;
  bool first_ = false;  ///< the folder had not been claimed before; root only
  bool made_ = false;   ///< a run of this job created the folder; root only
  int attempts_ = 0;
  std::set<std::string> names_;  ///< of checkpoints written or searched for
};

}  // namespace replearn::io
