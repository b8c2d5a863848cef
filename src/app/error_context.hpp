#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"

/// Adds file names to errors of methods, which know no files.
namespace replearn::app {

/// Adds the file name to errors about the data; errors about options and memory are unchanged.
template <class Work>
auto with_file_name(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const InputError& error) {
    if (!error.file().empty() || error.place().starts_with("--") || error.place() == "memory") throw;
    throw InputError(path, error.place(), error.problem(), error.hint());
  }
}

/// Adds the names of all files of a corpus.
template <class Work>
auto with_file_names(const std::vector<std::string>& paths, Work&& work) {
  std::string all;
  for (const auto& path : paths) all += (all.empty() ? "" : ", ") + path;
  return with_file_name(all, work);
}

/// Adds the reference's name to errors whose place mentions the reference; errors about the input are unchanged.
template <class Work>
auto with_reference_name(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const InputError& error) {
    if (!error.file().empty() || error.place().find("reference") == std::string::npos) throw;
    throw InputError(path, error.place(), error.problem(), error.hint());
  }
}

/// Adds the checkpoint folder to errors of a diverged training, which are errors of --learning-rate.
template <class Work>
void with_checkpoint_name(const std::string& folder, Work&& work) {
  try {
    work();
  } catch (const InputError& error) {
    if (folder.empty() || error.place() != "--learning-rate") throw;
    throw InputError(error.file(), error.place(), error.problem(),
                     error.hint() + "; the last checkpoint in " + folder + " is from before the divergence");
  }
}

}  // namespace replearn::app
