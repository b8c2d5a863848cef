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

/// What must be the same for a checkpoint to be of use, for people to read.
struct Condition {
  std::string name, value;  ///< "tsne.perplexity", "30"
  std::string where = {};   ///< a file that it is about, named if it differs, wherever it lay before; empty: none
};
using Conditions = std::vector<Condition>;

struct RowsInFile;

/// A later run has taken the folder over: this one must write nothing more.
class Superseded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The folder in which one job, run again and again until it is done, keeps what its computations have come to: of each
/// the last two checkpoints, HDF5 files of named arrays, sealed with checksums (checkpoint_seal.hpp).
///
///     tsne.3.17.h5      the 17th of the job's third run: /arrays/...; attributes step, conditions, written (when, on
///                       how many ranks)
///     tsne.3.17.h5.damaged       one that was found damaged, and is left out
///     incarnation.3     who the third run of the job is: host, process, job of the scheduler; the conditions
///
/// A run claims the folder by making the next incarnation. One that was thought dead and is not (its node was cut off)
/// sees the later incarnation before it writes anything under its final name, and gives up. Files carry the number of
/// their incarnation, so that the two never write the same file. Nothing else in the folder is touched, and the folder
/// goes in the end only if a run of this job made it.
///
/// All functions are called by all ranks.
class CheckpointFolder {
 public:
  /// Makes the folder if it is not there, and claims it. Throws InputError if it cannot be written to, or is that of a
  /// job of other conditions, naming the first few that differ; that job does not notice.
  /// log: for warnings of what was found damaged.
  CheckpointFolder(const mpi::Communicator& comm, const std::string& path, Conditions conditions,
                   const Log& log = Log());

  /// A run that leaves nothing behind gives its claim up, if it is the first: the next may be of other options.
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  const std::string& path() const { return path_; }

  /// Writes the arrays aside, flushes, reads back from the disk and compares checksums, renames. Each rank writes its
  /// rows, root what is the same everywhere. The one before stays, also if this fails; older ones go. Throws
  /// SystemError (a full disk, a lost file system) with the folder as it was, or Superseded.
  void save(const std::string& name, Index step, const NamedArrays& arrays);

  /// Fills the arrays from the last sound checkpoint of this name; tells its step. Damaged ones are told to the log and
  /// set aside. Nothing if there is none; if none is left, that is told too.
  /// Throws InputError if conditions differ (naming the first few that do), or arrays are missing or of other rows.
  std::optional<Index> load(const std::string& name, const NamedArrays& arrays);

  /// Throws Superseded. Local form: for root alone, as a SystemError.
  void require_mine() const;
  void require_mine_on_root() const;

  /// Whether a file of this name lies in the folder. Root decides, all know.
  bool holds(const std::string& file) const;
  bool holds_on_root(const std::string& file) const;  ///< the same for root alone
  void remove(const std::string& file) const;

  /// The job is done: its checkpoints go, and the folder, if a run of it made that and it holds nothing else.
  void forget();

 private:
  std::string who_took_over() const;  // empty: nobody; root alone
  void claim();                       // root alone
  void write_marker();                // root alone
  bool is_removable(const std::string& checkpoint) const;
  std::vector<std::string> checkpoints_of(const std::string& name) const;
  /// Returns where the rows of what is distributed go. Root alone.
  std::vector<RowsInFile> write_all_but_rows(const std::string& path, Index step, const NamedArrays& arrays) const;
  void write_aside(const std::string& temporary, Index step, const NamedArrays& arrays) const;
  /// The step, if it is of this job. Root alone.
  Index read_step(const std::string& path) const;
  std::string hint() const;

  const mpi::Communicator& comm_;
  std::string path_;
  Conditions conditions_;
  Log log_;
  Index incarnation_ = 0;
  bool first_ = false;  ///< nobody had the folder before; root alone
  bool made_ = false;   ///< a run of this job made the folder; root alone
  int attempts_ = 0;
  std::set<std::string> names_;  ///< of checkpoints written or looked for
};

}  // namespace replearn::io
