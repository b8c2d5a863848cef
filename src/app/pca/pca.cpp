#include "app/pca/pca.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/cached_results.hpp"
#include "app/feature_types.hpp"
#include "app/reference.hpp"
#include "base/error.hpp"
#include "numerics/centered_matrix.hpp"

namespace replearn::app {

namespace {

/// The reference's loadings and moments in the order of the input's genes; genes unknown to it are ignored.
pca::Projection projection_of(Workspace& work, const io::H5adReader& reference, const std::string& matrix) {
  if (!reference.has("varm/PCs")) {
    throw InputError(reference.path(), "varm/PCs", "no such key: the file has no components",
                     "run replearn pca on that file first");
  }
  const RowMatrix loadings = reference.varm("PCs");
  const Index m = loadings.rows();
  std::vector<double> mean(m, 0.0), scale(static_cast<std::size_t>(m), 1.0);
  if (reference.has("uns/pca/mean")) {
    mean = reference.numbers("uns/pca/mean");
    if (reference.has("uns/pca/scale")) scale = reference.numbers("uns/pca/scale");
  } else if (reference.number("uns/pca/params/zero_center").value_or(1) != 0) {
    // Scanpy does not store means, so they are recomputed from the reference's own matrix.
    mean = CenteredMatrix(work.comm(), reference.matrix(matrix), true, ColumnScale::none).mean();
  }
  if (mean.size() != static_cast<std::size_t>(m) || scale.size() != mean.size()) {
    throw InputError(reference.path(), "uns/pca/mean", "and varm/PCs differ in length",
                     "run replearn pca on that file again");
  }
  const auto columns =
      columns_of_genes(work, genes_of_model(work, reference, m), reference.path(), matrix, "are set to their mean");
  const auto ours = static_cast<std::size_t>(replearn::columns(work.matrix(matrix)));
  pca::Projection projection{std::vector<double>(ours, 0.0), std::vector<double>(ours, 0.0),
                             RowMatrix::Zero(static_cast<Index>(ours), loadings.cols())};
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (columns[j] < 0) continue;
    const auto at = static_cast<std::size_t>(columns[j]);
    projection.mean[at] = mean[j], projection.scale[at] = scale[j];
    projection.loadings.row(columns[j]) = loadings.row(static_cast<Index>(j));
  }
  return projection;
}

void project_step(Workspace& work, const PcaSettings& settings) {
  auto& session = work.session();
  if (settings.matrix == "raw/X") {
    throw InputError("", "--matrix", "the genes of a reference are matched with those of X, which raw/X does not share",
                     "choose X or a layer");
  }
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(work.comm(), settings.reference); });
  const auto projection = projection_of(work, reference, settings.matrix);
  work.set_embedding("X_pca", session.phases.measure("pca", [&] {
    return pca::project(work.comm(), work.matrix(settings.matrix), projection);
  }));
  ValueTree uns;
  uns.set("reference", Value(settings.reference)).set("mean", projection.mean).set("scale", projection.scale);
  work.set_gene_embedding("PCs", projection.loadings);
  work.set_uns("pca", std::move(uns));
}

/// Intersects two column masks; an empty mask means all columns.
void restrict_to(std::vector<std::uint8_t>& genes, const std::vector<std::uint8_t>& features) {
  if (genes.empty()) genes.assign(features.size(), 1);
  for (std::size_t j = 0; j < features.size(); ++j) genes[j] = genes[j] && features[j];
}

}  // namespace

PcaSettings pca_step(Workspace& work, const PcaSettings& settings) {
  settings.method.validate();
  if (!settings.reference.empty()) {
    require_no_choice_of_features(settings.feature_types);
    project_step(work, settings);
    return settings;
  }
  auto& session = work.session();
  auto genes =
      settings.genes == Genes::all || settings.matrix == "raw/X" ? std::vector<std::uint8_t>{} : work.highly_variable();
  const bool variable = !genes.empty();
  if (settings.genes == Genes::highly_variable && !variable) {
    throw InputError(work.input_path(), "var/highly_variable", "no such column",
                     "run replearn preprocess first, or use --genes all");
  }
  if (variable && std::none_of(genes.begin(), genes.end(), [](auto gene) { return gene != 0; })) {
    throw InputError(work.input_path(), "var/highly_variable", "marks no gene", "--genes all uses all of them");
  }
  if (genes.empty() || settings.feature_types != PcaSettings().feature_types) {
    restrict_to(genes, chosen_features(work, "pca", settings.feature_types, settings.matrix));
  }
  pca::Options method = settings.method;
  method.fewer_at_low_rank = !settings.given.contains("components");  // only an explicit number is binding
  const auto on_disk = work.rows_on_disk(settings.matrix, genes);
  auto results = on_disk         ? cached_pca(session, "pca", *on_disk, method)
                 : genes.empty() ? cached_pca(session, "pca", work.matrix(settings.matrix), method)
                                 : cached_pca(session, "pca", work.columns_of(settings.matrix, genes), method);
  if (results.loadings.cols() < method.components) {
    session.log.line(fmt::format("pca: {} components instead of the default of {}, the rank of the data",
                                 results.loadings.cols(), method.components));
  }
  PcaSettings used = settings;
  used.method.components = results.loadings.cols();
  used.method.method = results.method;
  used.genes = variable ? Genes::highly_variable : Genes::all;
  ValueTree parameters, uns;
  parameters.set("zero_center", settings.method.center).set("scale", settings.method.scale);
  parameters.set("use_highly_variable", variable);
  parameters.set("method", results.method == pca::Method::exact ? "exact" : "randomized");
  uns.set("params", std::move(parameters))
      .set("variance", results.variance)
      .set("variance_ratio", results.variance_ratio)
      .set("mean", spread(results.mean, genes, 0));
  if (settings.method.scale) uns.set("scale", spread(results.scale, genes, 1));
  work.set_uns("pca", std::move(uns));
  work.set_components(std::move(results), genes);
  return used;
}

}  // namespace replearn::app
