#include <algorithm>

#include "cli/commands.hpp"
#include "cli/feature_types.hpp"
#include "cli/finite_results.hpp"
#include "cli/layer_name.hpp"
#include "cli/lower_default.hpp"
#include "cli/progress_line.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

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

void ppca_step(Workspace& work, const PpcaSettings& settings) {
  settings.method.validate();
  check_layer_name("--impute", settings.impute);
  auto& session = work.session();
  const FeatureMatrix features(work, "ppca", settings.matrix, settings.feature_types);
  const Matrix& x = features.x();
  ppca::Options method = settings.method;
  method.fewer_at_low_rank = !settings.given.contains("components");
  if (const Index most = std::min(rows(x), columns(x)) - 1; most >= 1) {
    lower_default(settings.given, "ppca", "components", method.components, most,
                  counted(rows(x), "cells, ") + counted(columns(x), "genes"), session.log);
  }
  const std::string name = settings.method.noise == ppca::Noise::isotropic ? "ppca" : "factor_analysis";
  auto results = session.phases.measure("ppca", [&] {
    return ppca::ppca(work.comm(), x, method, progress_line(session.log, name, "log-likelihood"), session.log);
  });
  if (const Index found = results.scores.columns(); found < method.components) {
    session.log.line(format("%s: %lld components, as no more genes vary", name.c_str(), static_cast<long long>(found)));
  }
  session.log.line(format("%s: log-likelihood %.6f after %zu iterations%s", name.c_str(), results.log_likelihood.back(),
                          results.log_likelihood.size() - 1, results.converged ? "" : ", not converged"));
  PpcaSettings used = settings;
  used.method.components = results.scores.columns();
  work.used(ppca_options(used));
  ValueTree uns;
  uns.set("log_likelihood", results.log_likelihood).set("converged", results.converged);
  uns.set("mean", features.spread(results.model.mean, 0));
  uns.set("noise_variance", features.spread(results.model.noise, 0));
  work.out().put_uns(name, std::make_shared<ValueTree>(std::move(uns)));
  work.found_gene_embedding(name, features.spread(RowMatrix(results.model.loadings.cast<float>())));
  if (!settings.impute.empty()) {
    DistributedMatrix expected = ppca::expected(results);
    // Values of other features may be missing and stay missing.
    require_finite_result(work.comm(), "layers/" + settings.impute, expected);
    expected.local = features.complete(0, expected.local);
    work.found_layer(settings.impute, std::move(expected));
  }
  work.found_embedding("X_" + name, std::move(results.scores));
}

void ppca_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<PpcaSettings>(comm, arguments, "ppca",
                             "probabilistic PCA or factor analysis by EM; writes obsm/X_ppca, varm/ppca, uns/ppca "
                             "(with --noise per-gene: X_factor_analysis, factor_analysis)",
                             ppca_options, ppca_step);
}

}  // namespace replearn::cli
