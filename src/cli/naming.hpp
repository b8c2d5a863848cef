#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"

/// What a method says of its data or its training knows no files: here the names come in.
namespace replearn::cli {

/// Errors of the data get the file's name; those of options and of the node's memory stay as they are.
template <class Work>
auto naming_file(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const InputError& error) {
    if (!error.file().empty() || error.place().starts_with("--") || error.place() == "memory") throw;
    throw InputError(path, error.place(), error.problem(), error.hint());
  }
}

/// The same of several files that are one corpus.
template <class Work>
auto naming_files(const std::vector<std::string>& paths, Work&& work) {
  std::string all;
  for (const auto& path : paths) all += (all.empty() ? "" : ", ") + path;
  return naming_file(all, work);
}

/// What is wrong with a reference, as its place tells, gets the reference's name. The rest stays: it is of the input.
template <class Work>
auto naming_reference(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const InputError& error) {
    if (!error.file().empty() || error.place().find("reference") == std::string::npos) throw;
    throw InputError(path, error.place(), error.problem(), error.hint());
  }
}

/// A loss that explodes, which is told as one of --learning-rate: the last good checkpoint is named.
template <class Work>
void naming_checkpoint(const std::string& folder, Work&& work) {
  try {
    work();
  } catch (const InputError& error) {
    if (folder.empty() || error.place() != "--learning-rate") throw;
    throw InputError(error.file(), error.place(), error.problem(),
                     error.hint() + "; what was kept last in " + folder + " is from before");
  }
}

}  // namespace replearn::cli
