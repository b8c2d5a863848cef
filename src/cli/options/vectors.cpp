#include "app/vectors/vectors.hpp"

#include "cli/options/common.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "io/text/word_vectors_file.hpp"

namespace replearn::cli {

using namespace app;

OptionSet vectors_options(VectorsSettings& settings) {
  OptionSet set("vectors", "Word vectors");
  set.add("input", settings.input, vectors_help)
      .reads_file()
      .add("output", settings.output, "Output files: .h5, .h5ad (for pca, tsne and plot), .bin or .txt")
      .writes_file(io::vector_extensions())
      .add("words", settings.words, "Words to keep, comma-separated; empty: all")
      .add("list", settings.list, "File of words to keep, separated by white space")
      .reads_file()
      .add("most-frequent", settings.most_frequent, "Number of most frequent words to keep")
      .between(0, 1e12)
      .add("normalize", settings.normalize, "Scale each vector to unit length");
  add_compression(set, settings.compression, "like the input's vectors (none if the input is not HDF5)");
  set.show_zero_as("all", {"most-frequent"}).show_empty_as("required", {"input", "output"});
  return set;
}

}  // namespace replearn::cli
