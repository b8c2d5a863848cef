#include "cli/numpy_output.hpp"

#include "cli/checkpoint_manager.hpp"
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

std::vector<std::string> output_endings(const std::string& verb) {
  const std::string numpy = numpy_ending(verb);
  if (numpy.empty()) return {".h5ad"};
  return {".h5ad", numpy};
}

std::string output_help(const std::string& verb) {
  const std::string numpy = numpy_ending(verb);
  return "the .h5ad to write" + (numpy.empty() ? "" : ", or a " + numpy + " of the result alone") +
         "; appears when it is whole, and replaces one of the same name";
}

void Workspace::commit_numpy(const std::string& verb) {
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
  if (session_.keeps()) session_.checkpoints().done();
}

}  // namespace replearn::cli
