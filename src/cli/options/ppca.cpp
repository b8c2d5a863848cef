#include "app/ppca/ppca.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet ppca_options(PpcaSettings& settings) {
  auto& o = settings.method;
  OptionSet set("ppca", "Probabilistic PCA and factor analysis", &settings.given);
  set.add("components", o.components,
          "Dimensions of the latent variable; the default is lowered to less than the number of cells and genes")
      .between(1, 1e6)
      .add_choice("noise", o.noise, {{"isotropic", ppca::Noise::isotropic}, {"per-gene", ppca::Noise::per_gene}},
                  "Noise model. isotropic: one variance for all genes (probabilistic PCA); per-gene: one per gene "
                  "(factor analysis)")
      .add_choice("missing", o.missing,
                  {{"none", ppca::Missing::none}, {"nan", ppca::Missing::nan}, {"zero", ppca::Missing::zero}},
                  "Entries to treat as missing. none: no entry; nan: NaN, NA or empty; zero: zeros, stored or not")
      .add("iterations", o.iterations,
           "Maximum number of EM iterations; each takes 2 genes^2 * components flops, or with missing entries 2 "
           "components^2 per observed entry")
      .between(0, 1e9)
      .add("tolerance", o.tolerance,
           "Convergence tolerance: stop when the relative increase of the log-likelihood is smaller")
      .between(0, 1)
      .add("seed", o.seed, "Random seed of the initial loadings, used if entries are missing")
      .add("matrix", settings.matrix, "Matrix to decompose: X, layers/NAME or raw/X")
      .add("feature-types", settings.feature_types, feature_types_help)
      .add("impute", settings.impute,
           "Name of the layer to store the model's mean of every entry given its cell in, cells * genes * 4 bytes; "
           "empty: none");
  return set;
}

}  // namespace replearn::cli
