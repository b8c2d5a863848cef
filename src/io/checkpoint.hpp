#pragma once
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/named_arrays.hpp"

namespace replearn::io {

/// What must be the same for a checkpoint to be of use: names and values ("tsne.perplexity", "30"), for people to read.
using Conditions = std::vector<std::pair<std::string, std::string>>;

/// A later run has taken the folder over: this one must write nothing more.
class Superseded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The folder in which one job, run again and again until it is done, keeps what its computations have come to: of each
/// the last checkpoint, an HDF5 file of named arrays.
///
///     tsne.3.h5         /arrays/...; attributes step, conditions, written (when, on how many ranks)
///     incarnation.3     who the third run of the job is: host, process, job of the scheduler; the conditions
///
/// A run claims the folder by making the next incarnation. One that was thought dead and is not (its node was cut off)
/// sees the later incarnation before it writes anything under its final name, and gives up. Files carry the number of
/// their incarnation, so that the two never write the same file.
///
/// All functions are called by all ranks.
class CheckpointFolder {
 public:
  /// Makes the folder if it is not there, and claims it. Throws InputError if it cannot be written to, or is that of a
  /// job of other conditions, naming the first few that differ; that job does not notice.
  CheckpointFolder(const mpi::Communicator& comm, const std::string& path, Conditions conditions);

  /// A run that leaves nothing behind gives its claim up, if it is the first: the next may be of other options.
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  const std::string& path() const { return path_; }

  /// Writes the arrays aside, flushes, renames; the checkpoint before is kept until then, and also if this fails. Each
  /// rank writes its rows, root what is the same everywhere. Throws SystemError (a full disk, a lost file system) with
  /// the folder as it was, or Superseded.
  void save(const std::string& name, Index step, const NamedArrays& arrays);

  /// Fills the arrays from the last checkpoint of this name; tells its step. Nothing if there is none.
  /// Throws InputError if conditions differ (naming the first few that do), or arrays are missing or of other rows.
  std::optional<Index> load(const std::string& name, const NamedArrays& arrays);

  /// Throws Superseded. Local form: for root alone, as a SystemError.
  void require_mine() const;
  void require_mine_on_root() const;

  /// Whether a file of this name lies in the folder. Root decides, all know.
  bool holds(const std::string& file) const;
  bool holds_on_root(const std::string& file) const;  ///< the same for root alone
  void remove(const std::string& file) const;

  /// The job is done: its checkpoints go, and the folder, unless it holds anything else.
  void forget();

 private:
  std::string who_took_over() const;  // empty: nobody; root alone
  void claim();                       // root alone
  /// Returns where in the file the rows of what is distributed begin. Root alone.
  std::vector<Index> write_all_but_rows(const std::string& path, Index step, const NamedArrays& arrays) const;
  std::string mend() const;

  const mpi::Communicator& comm_;
  std::string path_;
  Conditions conditions_;
  Index incarnation_ = 0;
  bool first_ = false;  ///< nobody had the folder before; root alone
  int attempts_ = 0;
  std::set<std::string> names_;  ///< of checkpoints written or looked for
};

/// Of a file, or of each file in a folder: size, and a checksum of pieces spread over it (all of it up to 2 MB, else
/// some 2 MB), so that large inputs are told apart without reading them twice. One process.
std::string content_fingerprint(const std::string& path);

}  // namespace replearn::io
