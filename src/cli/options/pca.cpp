#include "app/pca/pca.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet pca_options(PcaSettings& settings) {
  auto& o = settings.method;
  OptionSet set("pca", "Principal components", &settings.given);
  set.add("components", o.components,
          "Number of principal components; the default is lowered to the rank of the data, as reported in the log")
      .between(1, 1e6)
      .add_choice(
          "method", o.method,
          {{"auto", pca::Method::automatic}, {"exact", pca::Method::exact}, {"randomized", pca::Method::randomized}},
          "Algorithm. exact: eigendecomposition of the Gram matrix, cost quadratic in the number of genes; randomized: "
          "block Krylov iteration from a random sketch; auto: the cheaper one, as reported in the log")
      .add("center", o.center, "Subtract each gene's mean; sparse input stays sparse")
      .add("scale", o.scale, "Divide each gene by its standard deviation; sparse input stays sparse")
      .add("oversamples", o.oversamples, "Extra directions of --method randomized; more are more accurate")
      .between(0, 1e5)
      .add("power-iterations", o.power_iterations,
           "Maximum size of the Krylov space of --method randomized, in multiples of components + oversamples; the "
           "iteration stops earlier when the components have converged")
      .between(1, 1e4)
      .add("seed", o.seed, "Random seed of the sketch (--method randomized)")
      .add("matrix", settings.matrix, "Matrix to decompose: X, layers/NAME or raw/X")
      .add_choice("genes", settings.genes,
                  {{"auto", Genes::automatic}, {"all", Genes::all}, {"highly_variable", Genes::highly_variable}},
                  "Genes to use. auto: those marked in var/highly_variable if present, else all")
      .add(
          "feature-types", settings.feature_types,
          std::string(feature_types_help) + ". With auto, genes marked as highly variable are used whatever their type")
      .add("reference", settings.reference,
           "Reference PCA: an .h5ad with varm/PCs, from replearn or Scanpy. The cells of --input, preprocessed "
           "likewise, are projected with its means and loadings; genes are matched by name. Empty: compute new "
           "components")
      .reads_file();
  set.show_common({"components", "method", "center", "scale", "genes", "matrix", "reference", "seed"});
  return set;
}

}  // namespace replearn::cli
