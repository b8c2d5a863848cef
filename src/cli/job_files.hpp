#pragma once
#include <map>
#include <string>
#include <vector>

#include "cli/option_set.hpp"
#include "mpi/communicator.hpp"

namespace replearn::cli {

/// A file that an option names.
struct NamedFile {
  std::string option;  ///< "--output"
  std::string path;
};

/// The files that an option reads: those of a matrix's folder, of a folder or pattern of text; sorted, each once. What
/// is not there is left to its reader to tell. One process.
std::vector<std::string> files_read_by(const Option& option);

/// What a job reads and writes, by the marks of its options: the one place where these meet. parse() makes it, before
/// any work is done. On root; what it throws is thrown on all ranks.
class JobFiles {
 public:
  JobFiles() = default;
  /// options: by their names on the command line. config, timings: of CommonOptions, which no set holds.
  /// Throws InputError where an output is an input, by whatever name (the same inode), or another output; where it
  /// cannot be written (no such folder, no permission, a device) or has an ending that is not written; where a folder
  /// to write into is none. Removes what killed runs have left of the outputs. Collective.
  JobFiles(const mpi::Communicator& comm, const std::map<std::string, const Option*>& options,
           const std::string& config, const std::string& timings);

  /// One more output, whose name follows from other options, with the same checks. Collective.
  void add_output(const mpi::Communicator& comm, const std::string& option, const std::string& path,
                  const std::vector<std::string>& endings);
  void add_folder(const mpi::Communicator& comm, const std::string& option, const std::string& path);

  /// For what is written under names that follow from the data: throws InputError if that is one of the job's files.
  /// Root.
  void require_free(const std::string& path) const;

 private:
  void check_output(const NamedFile& output, const std::vector<std::string>& endings);
  void check_folder(const NamedFile& folder);
  void require_no_input(const NamedFile& output, const std::string& hint) const;

  std::vector<NamedFile> inputs_, text_folders_, outputs_, folders_;
};

}  // namespace replearn::cli
