#include "app/job_files.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "io/checkpoint/fingerprint.hpp"
#include "io/samples/samples.hpp"
#include "io/text/text_sources.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

namespace fs = std::filesystem;

/// Extensions of formats other than plain text.
const std::vector<std::string> extensions_of_formats = {".h5ad", ".h5",  ".hdf5", ".loom", ".zarr", ".bin",
                                                        ".npy",  ".npz", ".gz",   ".bz2",  ".xz",   ".zst",
                                                        ".zip",  ".png", ".svg",  ".pdf", ".html"};

/// Device and inode, which identify a file independently of its name.
std::optional<std::pair<dev_t, ino_t>> identity_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return std::pair(found.st_dev, found.st_ino);
}

/// Refuses names too long for any file system, for which the standard library's error names no option.
void require_possible_name(const std::string& option, const std::string& path) {
  std::size_t longest = 0;
  for (const auto& part : fs::path(path)) longest = std::max(longest, part.native().size());
  if (longest <= NAME_MAX && path.size() < PATH_MAX) return;
  throw InputError(path.substr(0, 60) + "...", option,
                   "is a name of " + std::to_string(path.size()) + " bytes, too long for a file system",
                   "choose a file with " + option);
}

bool is_same(const std::string& a, const std::string& b) {
  const auto first = identity_of(a), second = identity_of(b);
  if (first && second) return *first == *second;
  std::error_code failed;
  const auto name = [&](const std::string& path) {
    return fs::weakly_canonical(fs::absolute(link_target(path), failed), failed);
  };
  return name(a) == name(b);
}

bool has_extension(const std::string& path, const std::vector<std::string>& extensions) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const auto& extension) { return path.ends_with(extension); });
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

void require_extension(const NamedFile& output, const std::vector<std::string>& extensions) {
  if (extensions.empty() && has_extension(output.path, extensions_of_formats)) {
    throw InputError(
        output.path, output.option,
        "the name ends in " + fs::path(output.path).extension().string() + ", but the output is plain text",
        "use the extension " + std::string(output.option == "--timings" ? ".json"
                                           : output.option == "--log"   ? ".jsonl or .log"
                                                                        : ".txt"));
  }
  if (extensions.empty() || has_extension(output.path, extensions)) return;
  throw InputError(output.path, output.option, "the file name does not determine the output format",
                   "use the extension " + listed(extensions));
}

/// hint: advice for the error.
void require_writable_folder(const NamedFile& named, const std::string& folder, const std::string& hint) {
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw InputError(named.path, named.option, "the folder " + folder + " is not writable", hint);
}

/// An output must be a regular file or not exist yet, in a writable folder.
void require_place(const NamedFile& output) {
  const std::string another = "choose another file with " + output.option;
  const fs::path target = link_target(output.path);
  std::error_code failed;
  const auto there = fs::status(target, failed);
  if (fs::is_directory(there) || !target.has_filename())
    throw InputError(output.path, output.option, "is a folder", "choose a file with " + output.option);
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    throw InputError(output.path, output.option, "is a device or a pipe, which would be replaced", another);
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, failed)) {
    throw InputError(output.path, output.option, "the folder " + folder.string() + " does not exist",
                     "create it, or " + another);
  }
  require_writable_folder(output, folder.string(), another + ", or change its permissions");
}

/// Whether a folder is another one or below it.
bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code failed;
  const auto inner = fs::weakly_canonical(fs::absolute(path, failed), failed),
             outer = fs::weakly_canonical(fs::absolute(folder, failed), failed);
  const auto [a, b] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return a == outer.end();
}

}  // namespace

std::vector<std::string> files_read_by(const FileOption& option) {
  std::vector<std::string> files;
  // Only the input of a job may be several samples.
  const bool of_samples = option.name == "files.input";
  for (const auto& path : of_samples ? io::sample_files(option.paths) : option.paths) {
    const auto found = option.use == FileUse::text_input ? io::text_paths(path) : io::matrix_files(path);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

void create_folder(const mpi::Communicator& comm, const std::string& option, const std::string& folder) {
  mpi::on_root(comm, [&] {
    std::error_code error;
    if (!folder.empty()) fs::create_directories(folder, error);
    if (error) {
      throw InputError(folder, "", "cannot be created: " + error.message(), "choose another folder with " + option);
    }
  });
}

JobFiles::JobFiles(const mpi::Communicator& comm, const std::vector<FileOption>& options) {
  mpi::on_root(comm, [&] {
    const auto each = [&](FileUse use, auto&& work) {
      for (const auto& option : options) {
        if (option.use == use) work(option);
      }
    };
    for (const auto& option : options) {
      for (const auto& path : option.paths) require_possible_name(option.flag, path);
    }
    const auto add_inputs = [&](const FileOption& option) {
      for (const auto& path : files_read_by(option)) inputs_.push_back({option.flag, path});
    };
    each(FileUse::input, add_inputs);
    each(FileUse::text_input, add_inputs);
    each(FileUse::text_input, [&](const FileOption& option) {
      std::error_code none;
      for (const auto& path : option.paths) {
        if (fs::is_directory(path, none)) text_folders_.push_back({option.flag, path});
      }
    });
    each(FileUse::output_folder, [&](const FileOption& option) {
      for (const auto& path : option.paths) check_folder({option.flag, path});
    });
    each(FileUse::output, [&](const FileOption& option) {
      for (const auto& path : option.paths) check_output({option.flag, path}, option.extensions);
    });
  });
}

void JobFiles::add_output(const mpi::Communicator& comm, const std::string& option, const std::string& path,
                          const std::vector<std::string>& extensions) {
  mpi::on_root(comm, [&] { check_output({option, path}, extensions); });
}

void JobFiles::add_folder(const mpi::Communicator& comm, const std::string& option, const std::string& path) {
  mpi::on_root(comm, [&] { check_folder({option, path}); });
}

void JobFiles::require_no_input(const NamedFile& output, const std::string& hint) const {
  const auto written = identity_of(output.path);
  if (!written) return;  // does not exist, so it is not an input
  for (const auto& input : inputs_) {
    if (identity_of(input.path) != written) continue;
    const std::string other = input.path == output.path ? "" : " as " + input.path;
    throw InputError(output.path, output.option,
                     "is read by " + input.option + other + ", and inputs are never overwritten", hint);
  }
}

void JobFiles::check_output(const NamedFile& output, const std::vector<std::string>& extensions) {
  require_no_input(output, "choose another file with " + output.option);
  for (const auto& folder : folders_) {
    if (!is_same(folder.path, output.path)) continue;
    throw InputError(output.path, output.option, "is the folder of " + folder.option + " as well",
                     "name another " + output.option);
  }
  require_place(output);
  for (const auto& other : outputs_) {
    if (!is_same(other.path, output.path)) continue;
    throw InputError(output.path, output.option,
                     other.option == output.option ? "is named twice" : "is written by " + other.option + " as well",
                     "choose another file with " + output.option);
  }
  require_extension(output, extensions);
  remove_leftovers(output.path);
  outputs_.push_back(output);
}

void JobFiles::check_folder(const NamedFile& folder) {
  std::error_code failed;
  const auto there = fs::status(folder.path, failed);
  const std::string another = "choose another folder with " + folder.option;
  if (fs::exists(there) && !fs::is_directory(there)) {
    throw InputError(folder.path, folder.option, "is a file, not a folder", another);
  }
  fs::path above = fs::absolute(folder.path, failed);  // the first existing one; the others will be created
  while (!fs::exists(above, failed) && above.has_relative_path()) above = above.parent_path();
  if (!fs::is_directory(above, failed)) {
    throw InputError(folder.path, folder.option, "cannot be created: " + above.string() + " is not a folder", another);
  }
  require_writable_folder(folder, above.string(), another + ", or change its permissions");
  for (const auto& text : text_folders_) {
    if (folder.option != "--checkpoint" || !lies_in(folder.path, text.path)) continue;
    throw InputError(folder.path, folder.option, "is inside " + text.path + ", a folder read as text by " + text.option,
                     another);
  }
  folders_.push_back(folder);
}

void JobFiles::require_free(const std::string& path) const {
  const std::string hint = "choose another folder or name for one of them";
  require_no_input({"", path}, hint);
  for (const auto& other : outputs_) {
    if (!is_same(other.path, path)) continue;
    throw InputError(path, "", "is written by " + other.option + ", and would be overwritten", hint);
  }
}

}  // namespace replearn::app
