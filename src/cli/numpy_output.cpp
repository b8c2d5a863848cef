#include "base/error.hpp"
#include "cli/keeper.hpp"
#include "cli/workspace.hpp"
#include "io/numpy_file.hpp"

namespace replearn::cli {
namespace {

/// The ending of a verb's NumPy files: one matrix, or a sparse one.
std::string numpy_ending(const std::string& verb) {
  if (verb == "pca" || verb == "sammon" || verb == "tsne" || verb == "pdist") return ".npy";
  return verb == "neighbors" ? ".npz" : "";
}

}  // namespace

void check_numpy_output(const std::string& verb, const std::string& output) {
  if (!io::names_numpy(output)) return;
  const std::string ending = numpy_ending(verb);
  if (!ending.empty() && output.ends_with(ending)) return;
  throw InputError("", "--output", "'" + output + "': " + verb + " writes no such file",
                   ending.empty() ? "name a .h5ad" : "name a .h5ad, or a " + ending);
}

void Workspace::commit_numpy(const std::string& verb) {
  check_numpy_output(verb, files_.output);
  session_.phases.measure("write", [&] {
    if (verb == "neighbors") {
      io::write_npz(comm(), files_.output, *graph_);
    } else if (verb == "pdist") {
      io::write_npy(comm(), files_.output, computed_->extent, computed_->fill);
    } else {
      io::write_npy(comm(), files_.output, embeddings_.at("X_" + verb));
    }
  });
  session_.log.line("wrote " + files_.output);
  if (session_.keeps()) session_.keeper().done();
}

}  // namespace replearn::cli
