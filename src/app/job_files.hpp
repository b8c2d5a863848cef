#pragma once
#include <string>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn::app {

/// What the text of an option names. input: a file or the folder of a matrix; text_input: text files, folders or
/// patterns.
enum class FileUse { none, input, text_input, output, output_folder };

/// An option that names files, with its value.
struct FileOption {
  std::string name;  ///< "files.input"
  std::string flag;  ///< "--input"
  FileUse use = FileUse::none;
  std::vector<std::string> paths = {};
  std::vector<std::string> extensions = {};  ///< allowed extensions of an output; none: text
};

/// A file named by an option.
struct NamedFile {
  std::string option;  ///< "--output"
  std::string path;
};

/// The files that an option reads, with folders and patterns expanded; sorted, without duplicates. Missing files are
/// reported later by their reader. One process.
std::vector<std::string> files_read_by(const FileOption& option);

/// Creates a folder for outputs, and those above it; "": nothing to create. option: for the error. All ranks. Throws
/// InputError.
void create_folder(const mpi::Communicator& comm, const std::string& option, const std::string& folder);

/// All inputs and outputs of a job, checked against each other before any work. Held on root; errors are thrown on all
/// ranks.
class JobFiles {
 public:
  JobFiles() = default;
  /// Throws InputError if an output is an input (the same inode) or another output, cannot be written (missing folder,
  /// no permission, a device) or has an unsupported extension, or if an output folder is not a folder. Removes
  /// temporary files of killed runs. Collective.
  JobFiles(const mpi::Communicator& comm, const std::vector<FileOption>& options);

  /// Adds an output whose name is derived from other options, with the same checks. Collective.
  void add_output(const mpi::Communicator& comm, const std::string& option, const std::string& path,
                  const std::vector<std::string>& extensions);
  void add_folder(const mpi::Communicator& comm, const std::string& option, const std::string& path);

  /// For outputs whose names are derived from the data: throws InputError if the path is one of the job's files.
  /// Root.
  void require_free(const std::string& path) const;

 private:
  void check_output(const NamedFile& output, const std::vector<std::string>& extensions);
  void check_folder(const NamedFile& folder);
  void require_no_input(const NamedFile& output, const std::string& hint) const;

  std::vector<NamedFile> inputs_, text_folders_, outputs_, folders_;
};

}  // namespace replearn::app
