#include "cli/commands.hpp"
#include "cli/once.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

OptionSet pca_options(PcaSettings& settings) {
  auto& o = settings.method;
  OptionSet set("pca", "Principal components");
  set.add("components", o.components, "how many to keep")
      .add_choice(
          "method", o.method,
          {{"auto", pca::Method::automatic}, {"exact", pca::Method::exact}, {"randomized", pca::Method::randomized}},
          "exact: by the Gram matrix of the genes, cost grows with their square; randomized: by power "
          "iterations on a sketch; auto: the cheaper, said in the log")
      .add("center", o.center, "subtract each gene's mean; sparse input stays sparse")
      .add("scale", o.scale, "divide each gene by its standard deviation; sparse input stays sparse")
      .add("oversamples", o.oversamples, "randomized: directions beyond the components; more is more exact")
      .add("power-iterations", o.power_iterations,
           "randomized: passes over the data, at most; fewer when the components have settled")
      .add("seed", o.seed, "randomized: of the sketch")
      .add("matrix", settings.matrix, "X, layers/NAME or raw/X")
      .add_choice("genes", settings.genes,
                  {{"auto", Genes::automatic}, {"all", Genes::all}, {"highly_variable", Genes::highly_variable}},
                  "auto: those of var/highly_variable if it is there, else all");
  return set;
}

void pca_step(Workspace& work, const PcaSettings& settings) {
  settings.method.validate();
  auto& session = work.session();
  const Matrix& whole = work.matrix(settings.matrix);
  auto genes =
      settings.genes == Genes::all || settings.matrix == "raw/X" ? std::vector<std::uint8_t>{} : work.highly_variable();
  if (settings.genes == Genes::highly_variable && genes.empty()) {
    throw InputError(work.input_path(), "var/highly_variable", "no such column",
                     "run replearn preprocess first, or take --genes all");
  }
  auto results = genes.empty() ? pca_once(session, "pca", whole, settings.method)
                               : pca_once(session, "pca", select_columns(whole, genes), settings.method);
  ValueTree parameters, uns;
  parameters.set("zero_center", settings.method.center).set("scale", settings.method.scale);
  parameters.set("use_highly_variable", !genes.empty());
  parameters.set("method", results.method == pca::Method::exact ? "exact" : "randomized");
  uns.set("params", std::move(parameters))
      .set("variance", results.variance)
      .set("variance_ratio", results.variance_ratio);
  work.out().put_uns("pca", std::make_shared<ValueTree>(std::move(uns)));
  work.found_components(std::move(results), genes);
}

void pca_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<PcaSettings>(comm, arguments, "pca", "principal components; writes obsm/X_pca, varm/PCs, uns/pca",
                            pca_options, pca_step);
}

}  // namespace replearn::cli
