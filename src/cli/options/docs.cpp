#include "app/docs/docs.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet docs_options(DocsSettings& settings) {
  OptionSet set("docs", "Vectors of documents");
  set.add("vectors", settings.vectors, vectors_help)
      .reads_file()
      .add_choice("document", settings.document, {{"line", Document::line}, {"file", Document::file}},
                  "Unit of a document: a line of the text, or a whole file (rows are then named by file)")
      .add_choice(
          "weighting", settings.method.weighting,
          {{"mean", word_queries::Weighting::mean}, {"sif", word_queries::Weighting::sif}},
          "Weighting of word vectors in a document. mean: unweighted; sif: smooth inverse frequency, which downweights "
          "frequent words and removes the component common to all documents (needs counts: .h5 or .h5ad)")
      .add("sif-a", settings.method.sif_a,
           "Parameter a of the SIF weights a / (a + p(w)); smaller values give rare words more weight")
      .between(1e-30, 1e6);
  return set;
}

}  // namespace replearn::cli
