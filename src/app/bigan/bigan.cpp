#include "app/bigan/bigan.hpp"

#include <fmt/core.h>

#include <numeric>

#include "app/bigan/figures.hpp"
#include "app/bigan/model.hpp"
#include "app/error_context.hpp"
#include "app/model_layer.hpp"
#include "app/reference.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/sample_file.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr Index generated_rows_per_pass = 128;

/// names: column names, on root.
void write_samples(Workspace& work, const BiganSettings& settings, SampleFile& file, const bigan::Model& model,
                   const std::vector<std::string>& names) {
  if (!file.wanted()) return;
  const auto samples = work.session().phases.measure(
      "sample", [&] { return bigan::draw_samples(work.comm(), model, settings.sample, settings.method.seed); });
  file.write("samples", Matrix(samples.x), {}, names, "X_bigan", samples.z);
}

/// The matrix to train on or encode. copy: storage for it if the workspace does not hold it.
const Matrix& given_matrix(Workspace& work, const BiganSettings& settings, Matrix& copy) {
  if (settings.use_rep.empty()) return work.matrix(settings.matrix);
  copy = work.representation(settings.use_rep);
  return copy;
}

/// Column names, on root.
std::vector<std::string> column_names(Workspace& work, const BiganSettings& settings, Index columns) {
  if (settings.use_rep.empty()) return work.genes_of(settings.matrix);
  std::vector<std::string> names;
  for (Index j = 0; j < columns; ++j) names.push_back(settings.use_rep + std::to_string(j + 1));
  return names;
}

bigan::Labels my_labels(Workspace& work, const BiganSettings& settings, const RowPartition& parts) {
  bigan::Labels labels;
  const Categorical column = label_column(work, settings.labels);
  labels.names = mpi::broadcast(work.comm(), column.categories);
  const auto codes = mpi::broadcast(work.comm(), column.codes);
  if (labels.names.empty()) return labels;
  const int rank = work.comm().rank();
  labels.codes.assign(codes.begin() + parts.begin(rank), codes.begin() + parts.end(rank));
  return labels;
}

/// G(E(x)), written block by block. columns: for each input column its index in the model, or -1 for zeros.
void put_reconstruction(Workspace& work, const BiganSettings& settings, std::shared_ptr<const bigan::Model> model,
                        const DistributedMatrix& codes, const std::vector<Index>& columns,
                        std::shared_ptr<const FeatureMatrix> features = nullptr) {
  if (settings.reconstruct.empty()) return;
  const auto genes = static_cast<Index>(columns.size());
  put_model_layer(work, settings.reconstruct, codes, genes, features, generated_rows_per_pass,
                  [=](Index begin, Index count) {
                    const RowMatrix made = bigan::reconstruct(*model, codes.local.middleRows(begin, count));
                    RowMatrix chosen = RowMatrix::Zero(count, genes);
                    for (Index j = 0; j < genes; ++j) {
                      const Index from = columns[j];
                      if (from >= 0) chosen.col(j) = made.col(from);
                    }
                    return chosen;
                  });
}

ValueTree curves_record(const bigan::Curves& curves) {
  ValueTree record;
  record.set("step", Value(curves.step));
  record.set("discriminator_loss", Value(curves.discriminator_loss))
      .set("generator_loss", Value(curves.generator_loss));
  record.set("right_encoder_pairs", Value(curves.correct_encoder));
  record.set("right_generator_pairs", Value(curves.correct_generator));
  record.set("squared_gradient", Value(curves.gradient));
  record.set("x_error", Value(curves.x_error)).set("z_error", Value(curves.z_error));
  record.set("mmd", Value(curves.mmd)).set("spread", Value(curves.spread));
  record.set("coverage", Value(curves.coverage)).set("labels_reached", Value(curves.label_coverage));
  return record;
}

/// Encodes rows with the model of a reference.
void encode_by_reference(Workspace& work, const BiganSettings& settings, SampleFile& samples) {
  auto& session = work.session();
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(work.comm(), settings.reference); });
  const auto model =
      std::make_shared<bigan::Model>(session.phases.measure("read", [&] { return read_bigan(reference); }));
  const Index m = model->encoder_generator.columns();
  samples.require_memory(m);
  Matrix copy;
  const Matrix& given = given_matrix(work, settings, copy);
  std::vector<Index> taken, places(static_cast<std::size_t>(columns(given)), -1);
  const auto genes =
      settings.use_rep.empty() ? find_genes_of_model(work, reference, m, "uns/bigan/genes") : std::nullopt;
  if (genes) {
    taken = columns_of_genes(work, *genes, settings.reference, settings.matrix, "are set to 0");
  } else if (columns(given) == m) {
    taken.resize(m);
    std::iota(taken.begin(), taken.end(), Index{0});
  } else {
    throw InputError(work.input_path(), settings.use_rep.empty() ? settings.matrix : "obsm/" + settings.use_rep,
                     fmt::format("has {} columns, but the reference model {}", columns(given), m),
                     "provide the representation that the reference was trained on");
  }
  for (std::size_t j = 0; j < taken.size(); ++j) {
    if (taken[j] >= 0) places[taken[j]] = static_cast<Index>(j);
  }
  const Matrix x = arrange_columns(given, taken);
  check_images(settings, columns(x));
  auto codes = session.phases.measure("bigan", [&] { return bigan::encode_rows(work.comm(), x, *model); });
  ValueTree uns;
  uns.set("reference", Value(settings.reference));
  work.set_uns("bigan", std::move(uns));
  put_reconstruction(work, settings, model, codes, places);
  write_samples(work, settings, samples, *model, genes ? *genes : column_names(work, settings, m));
  draw_model(work, settings, x, *model, codes);
  work.set_embedding("X_bigan", std::move(codes));
}

}  // namespace

BiganSettings bigan_step(Workspace& work, const BiganSettings& settings) {
  settings.validate();
  if (!settings.reconstruct.empty()) work.require_genes_of_x("--reconstruct", settings.matrix);
  SampleFile samples(work, settings.sample, settings.sample_output);
  if (!settings.reference.empty()) {
    require_no_choice_of_features(settings.feature_types);
    encode_by_reference(work, settings, samples);
    return settings;
  }
  auto& session = work.session();
  Matrix copy;
  std::shared_ptr<const FeatureMatrix> features;
  if (settings.use_rep.empty()) {
    features = std::make_shared<const FeatureMatrix>(work, "bigan", settings.matrix, settings.feature_types);
  }
  const Matrix& x = features ? features->x() : given_matrix(work, settings, copy);
  check_images(settings, columns(x));
  samples.require_memory(columns(x));
  auto state = session.phases.measure("bigan", [&] {
    return bigan::State(work.comm(), x, settings.with_length(), my_labels(work, settings, partition(x)), session.log);
  });
  session.log.line(fmt::format("bigan: {} steps, {} per epoch", state.steps(), state.steps_per_epoch()));
  run_with_checkpoints(session, "bigan", "discriminator loss", state);
  const auto model = std::make_shared<const bigan::Model>(state.model());
  auto codes = session.phases.measure("bigan", [&] { return bigan::encode_rows(work.comm(), x, *model); });
  BiganSettings used = settings;
  used.method.steps = state.steps();
  ValueTree uns;
  uns.set("model", model_record(*model, settings.method)).set("curves", curves_record(state.curves()));
  auto names = column_names(work, settings, columns(x));
  if (features) names = features->select(names);
  if (features && !features->is_whole()) uns.set("genes", Value(mpi::broadcast(work.comm(), names)));
  uns.set("findings", Value(state.findings().names));
  uns.set("mmd_bandwidths", Value(bigan::prior_bandwidths(settings.method.latent)));
  work.set_uns("bigan", std::move(uns));
  std::vector<Index> all(columns(x));
  std::iota(all.begin(), all.end(), Index{0});
  put_reconstruction(work, settings, model, codes, all, features);
  write_samples(work, settings, samples, *model, names);
  if (settings.draw_curves) draw_training(work, settings, state.curves());
  draw_model(work, settings, x, *model, codes);
  work.set_embedding("X_bigan", std::move(codes));
  return used;
}

}  // namespace replearn::app
