#include "app/ppca/ppca.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/feature_types.hpp"
#include "app/finite_results.hpp"
#include "app/layer_name.hpp"
#include "app/lower_default.hpp"
#include "app/progress_line.hpp"

namespace replearn::app {

PpcaSettings ppca_step(Workspace& work, const PpcaSettings& settings) {
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
  const std::string name = settings.name();
  auto results = session.phases.measure("ppca", [&] {
    return ppca::ppca(work.comm(), x, method, progress_line(session, name, "log-likelihood"), session.log);
  });
  if (const Index found = results.scores.columns(); found < method.components) {
    session.log.line(fmt::format("{}: {} components, as no more genes vary", name, found));
  }
  session.log.line(fmt::format("{}: log-likelihood {:.6f} after {} iterations{}", name, results.log_likelihood.back(),
                               results.log_likelihood.size() - 1, results.converged ? "" : ", not converged"));
  PpcaSettings used = settings;
  used.method.components = results.scores.columns();
  ValueTree uns;
  uns.set("log_likelihood", results.log_likelihood).set("converged", results.converged);
  uns.set("mean", features.spread(results.model.mean, 0));
  uns.set("noise_variance", features.spread(results.model.noise, 0));
  work.set_uns(name, std::move(uns));
  work.set_gene_embedding(name, features.spread(RowMatrix(results.model.loadings.cast<float>())));
  if (!settings.impute.empty()) {
    DistributedMatrix expected = ppca::expected(results);
    // Values of other features may be missing and stay missing.
    require_finite_result(work.comm(), "layers/" + settings.impute, expected);
    expected.local = features.complete(0, expected.local);
    work.set_layer(settings.impute, std::move(expected));
  }
  work.set_embedding("X_" + name, std::move(results.scores));
  return used;
}

}  // namespace replearn::app
