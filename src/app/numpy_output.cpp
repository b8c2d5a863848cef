#include "app/numpy_output.hpp"

#include "app/checkpoint_manager.hpp"
#include "app/workspace.hpp"
#include "io/numpy/numpy_file.hpp"

namespace replearn::app {
namespace {

/// File extension of a verb's NumPy output: dense or sparse.
std::string numpy_extension(const std::string& verb) {
  if (verb == "pca" || verb == "sammon" || verb == "tsne" || verb == "umap" || verb == "pdist") return ".npy";
  return verb == "neighbors" ? ".npz" : "";
}

}  // namespace

std::vector<std::string> output_extensions(const std::string& verb) {
  const std::string numpy = numpy_extension(verb);
  if (numpy.empty()) return {".h5ad"};
  return {".h5ad", numpy};
}

std::string output_help(const std::string& verb) {
  const std::string numpy = numpy_extension(verb);
  return "Output .h5ad" + (numpy.empty() ? "" : ", or a " + numpy + " with the result only") +
         "; created when complete, replacing an existing file";
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
  session_.checkpoints().discard();
}

}  // namespace replearn::app
