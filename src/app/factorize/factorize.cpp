#include "app/factorize/factorize.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/error_context.hpp"
#include "app/factorize/model.hpp"
#include "app/figure_path.hpp"
#include "app/model_layer.hpp"
#include "app/progress_line.hpp"
#include "app/reference.hpp"
#include "app/run_with_checkpoints.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"
#include "report/field.hpp"

namespace replearn::app {
namespace {

using factorize::Model;

/// x with the genes of the model as columns; genes missing from x are NaN. Local.
Matrix with_genes(const Matrix& x, const std::vector<Index>& columns, factorize::Missing& missing) {
  const auto m = static_cast<Index>(columns.size());
  bool same = m == replearn::columns(x);
  for (Index j = 0; j < m && same; ++j) same = columns[j] == j;
  if (same) return x;
  const DistributedMatrix spread =
      std::holds_alternative<SparseRows>(x) ? to_dense(std::get<SparseRows>(x)) : std::get<DistributedMatrix>(x);
  DistributedMatrix result(spread.partition, spread.rank, m);
  const bool zeros_missing = missing == factorize::Missing::zero;
  for (Index j = 0; j < m; ++j) {
    const Index from = columns[j];
    if (from >= 0)
      result.local.col(j) = spread.local.col(from);
    else if (!zeros_missing)
      result.local.col(j).setConstant(std::numeric_limits<float>::quiet_NaN());
  }
  if (!zeros_missing) missing = factorize::Missing::nan;
  return result;
}

constexpr Index imputed_rows_per_pass = 64;
constexpr Index grid = 100;  // grid points of a gene map per axis

/// Predicted values of all samples and genes, written block by block; other features keep the values of the file.
void put_imputed(Workspace& work, const FactorizeSettings& settings, std::shared_ptr<const Model> model,
                 const DistributedMatrix& samples, std::shared_ptr<const FeatureMatrix> features) {
  put_model_layer(
      work, settings.impute_layer, samples, model->genes.rows(), std::move(features), imputed_rows_per_pass,
      [=](Index begin, Index count) { return factorize::predict(*model, samples.local.middleRows(begin, count)); });
}

ValueTree parameters_record(const FactorizeSettings& settings) {
  const auto& o = settings.method;
  ValueTree record;
  record.set("matrix", Value(settings.matrix)).set("log1p", settings.log1p);
  record.set("learning_rate", o.optimizer.learning_rate).set("weight_decay", o.optimizer.weight_decay);
  record.set("dropout", o.dropout).set("holdout", o.holdout).set("seed", static_cast<std::int64_t>(o.seed));
  return record;
}

ValueTree curves_record(const factorize::Curves& curves) {
  ValueTree record;
  record.set("step", Value(curves.step)).set("training_loss", Value(curves.training_loss));
  record.set("held_out_loss", Value(curves.held_out_loss)).set("held_out_r2", Value(curves.held_out_r2));
  record.set("held_out_pearson", Value(curves.held_out_pearson));
  record.set("sample_movement", Value(curves.sample_movement)).set("gene_movement", Value(curves.gene_movement));
  return record;
}

void draw_curves(Workspace& work, const FactorizeSettings& settings, const factorize::Curves& curves) {
  const std::vector<double> steps(curves.step.begin(), curves.step.end());
  report::CurveFigure figure;
  figure.title = "Factorized embeddings: training";
  figure.panels.push_back({"loss", "step", "loss per entry", {{"training", steps, curves.training_loss, false}}, true});
  if (settings.method.holdout > 0) {
    figure.panels.back().curves.push_back({"held out", steps, curves.held_out_loss, true});
    figure.panels.push_back({"held-out R2", "step", "R2", {{"R2", steps, curves.held_out_r2, false}}, false});
  }
  figure.panels.push_back(
      {"movement of embeddings per epoch",
       "step",
       "distance",
       {{"samples", steps, curves.sample_movement, false}, {"genes", steps, curves.gene_movement, true}},
       true});
  const std::string path = figure_path(work, settings.folder, settings.figure_format, "fe_training");
  mpi::on_root(work.comm(), [&] { report::write_curves(path, figure); });
  work.session().log.line("wrote " + path);
}

/// Predicted expression of a gene across the sample space, as in the paper.
/// names: the model's genes, on root.
void draw_genes(Workspace& work, const FactorizeSettings& settings, const Model& model,
                const DistributedMatrix& samples, const std::vector<std::string>& names) {
  const auto& comm = work.comm();
  if (settings.gene_maps.empty()) return;
  const RowMatrix points = gather_rows(comm, samples);
  for (const auto& gene : settings.gene_maps) {
    const std::string path = figure_path(work, settings.folder, settings.figure_format, "fe_gene_" + gene);
    mpi::on_root(comm, [&] {
      const auto at = std::find(names.begin(), names.end(), gene) - names.begin();
      report::Field field;
      field.title = gene;
      field.x_label = "FE 1", field.y_label = "FE 2";
      field.color_title = "predicted";
      field.x.assign(points.col(0).begin(), points.col(0).end());
      field.y.assign(points.col(1).begin(), points.col(1).end());
      field.set_extent();
      RowMatrix places(grid * grid, 2);
      for (Index row = 0; row < grid; ++row) {
        for (Index column = 0; column < grid; ++column) {
          const auto share = [](Index k) { return (static_cast<float>(k) + 0.5f) / static_cast<float>(grid); };
          places(row * grid + column, 0) = field.left + (field.right - field.left) * share(column);
          places(row * grid + column, 1) = field.top + (field.bottom - field.top) * share(row);
        }
      }
      const RowMatrix predicted = factorize::predict(model, places, {at});
      field.rows = field.columns = grid;
      field.values.assign(predicted.data(), predicted.data() + predicted.size());
      report::write_field(path, field);
    });
    work.session().log.line("wrote " + path);
  }
}

/// names: all genes of the model, on root.
void check_gene_maps(Workspace& work, const FactorizeSettings& settings, Index sample_dims,
                     const std::vector<std::string>& names) {
  if (settings.gene_maps.empty()) return;
  if (sample_dims != 2) {
    throw InputError("", "--gene-maps", fmt::format("the sample space has {} dimensions", sample_dims),
                     "gene maps need --sample-dims 2");
  }
  for (const auto& gene : settings.gene_maps) {
    mpi::on_root(work.comm(), [&] {
      if (std::find(names.begin(), names.end(), gene) != names.end()) return;
      throw InputError(work.input_path(), "'" + gene + "'", "no such gene", suggest(gene, names));
    });
  }
}

/// Embeds new samples with the network and gene embeddings of a reference, both fixed.
void place_samples(Workspace& work, const FactorizeSettings& settings) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(comm, settings.reference); });
  auto model = std::make_shared<Model>(session.phases.measure("read", [&] { return read_factorize(reference); }));
  if (!reference.has("obsm/X_factorize")) {
    throw InputError(settings.reference, "obsm/X_factorize", "no such key",
                     "run replearn factorize on that file first");
  }
  if (settings.impute) work.require_genes_of_x("--impute", settings.matrix);
  if (!settings.gene_maps.empty()) work.require_genes_of_x("--gene-maps", settings.matrix);
  check_gene_maps(work, settings, model->network.shape.sample_dims, work.tables().var.names);
  const RowMatrix all_places = all_gather_rows(comm, reference.obsm("X_factorize"));
  if (all_places.cols() != model->network.shape.sample_dims) {
    throw InputError(settings.reference, "obsm/X_factorize", "does not have the columns that the network expects",
                     "run replearn factorize on that file again");
  }
  const Index starts = std::min(settings.fit.starts, all_places.rows());
  RowMatrix places(starts, all_places.cols());
  for (Index k = 0; k < starts; ++k) places.row(k) = all_places.row(all_places.rows() * k / starts);
  Matrix copy;
  const Matrix& given = matrix_to_learn(work.matrix(settings.matrix), settings, copy);
  factorize::Options options = settings.method;
  take_shape(model->network.shape, options);
  if (reference.has("uns/factorize/features")) {  // other features were not used in training
    const auto used = reference.numbers("uns/factorize/features");
    RowMatrix genes(static_cast<Index>(used.size()), model->genes.cols());
    for (Index j = 0; j < genes.rows(); ++j) {
      const auto place = static_cast<Index>(used[j]);
      if (place < 0 || place >= model->genes.rows()) {
        throw InputError(settings.reference, "uns/factorize/features",
                         "names features that are missing from varm/factorize",
                         "run replearn factorize on that file again");
      }
      genes.row(j) = model->genes.row(place);
    }
    model->genes = std::move(genes);
  }
  const auto columns =
      columns_of_genes(work, genes_of_model(work, reference, model->genes.rows(), "uns/factorize/genes"),
                       settings.reference, settings.matrix, "are treated as missing");
  const Matrix x = with_genes(given, columns, options.missing);
  auto samples = session.phases.measure("factorize", [&] {
    return factorize::fit_samples(comm, x, *model, places, options, settings.fit,
                                  progress_line(session, "factorize", "loss"));
  });
  ValueTree uns;
  uns.set("reference", Value(settings.reference)).set("network", network_record(model->network));
  work.set_uns("factorize", std::move(uns));
  if (settings.impute || !settings.gene_maps.empty()) {
    // In the order of the input's genes.
    auto local = std::make_shared<Model>(*model);
    local->genes.resize(replearn::columns(given), model->genes.cols());
    std::vector<std::uint8_t> known(local->genes.rows(), 0);
    for (std::size_t j = 0; j < columns.size(); ++j) {
      if (columns[j] < 0) continue;
      local->genes.row(columns[j]) = model->genes.row(static_cast<Index>(j));
      known[columns[j]] = 1;
    }
    if (std::count(known.begin(), known.end(), 0) > 0) {
      throw InputError(work.input_path(), "var", "has genes unknown to the model, which cannot be predicted",
                       "omit --impute and --gene-maps, or remove these genes");
    }
    if (settings.impute) put_imputed(work, settings, local, samples, nullptr);
    draw_genes(work, settings, *local, samples, work.tables().var.names);
  }
  work.set_embedding("X_factorize", std::move(samples));
}

}  // namespace

FactorizeSettings factorize_step(Workspace& work, const FactorizeSettings& asked) {
  FactorizeSettings settings = asked;
  settings.validate();
  if (!settings.reference.empty()) {
    require_no_choice_of_features(settings.feature_types);
    place_samples(work, settings);
    return settings;
  }
  work.require_genes_of_x("factorize", settings.matrix);
  auto& session = work.session();
  const auto features =
      std::make_shared<const FeatureMatrix>(work, "factorize", settings.matrix, settings.feature_types);
  const auto gene_names = features->select(work.tables().var.names);
  check_gene_maps(work, settings, settings.method.sample_dims, gene_names);
  Matrix copy;
  const Matrix& x = matrix_to_learn(features->x(), settings, copy);
  settings.method = options_for_data(asked, rows(x), columns(x), session.log);
  auto state = session.phases.measure("factorize",
                                      [&] { return factorize::State(work.comm(), x, settings.method, session.log); });
  session.log.line(fmt::format("factorize: {} steps, {} per epoch", state.steps(), state.steps_per_epoch()));
  run_with_checkpoints(session, "factorize", "loss", state);
  const auto held_out = session.phases.measure("factorize", [&] { return state.held_out(); });
  settings.method = state.used_options();
  settings.patience = settings.method.patience;
  ValueTree uns;
  uns.set("params", parameters_record(settings)).set("network", network_record(state.model().network));
  uns.set("curves", curves_record(state.curves()));
  uns.set("sample_movement", state.sample_movement().since_start);
  uns.set("gene_movement", state.gene_movement().since_start);
  if (settings.method.holdout > 0) {
    session.log.line(fmt::format("factorize: held-out R2 {:.4f} (per-gene means: {:.4f}), Pearson {:.4f}, loss {:.6f}",
                                 held_out.r2, state.gene_mean_r2(), held_out.pearson, held_out.loss));
    // On N entries of noise, the best of many epochs reaches an R2 of about 1 / sqrt(N) by chance.
    const double by_chance = 1 / std::sqrt(static_cast<double>(std::max<Index>(1, held_out.entries)));
    if (held_out.r2 < state.gene_mean_r2() + std::max(0.005, by_chance)) {
      session.log.warning(
          "factorize: held-out entries are predicted barely better than by per-gene means; the model learned nothing "
          "about samples. More --epochs, a larger --learning-rate or unscaled values may help");
    }
    uns.set("held_out_r2", held_out.r2).set("held_out_pearson", held_out.pearson);
    uns.set("held_out_loss", held_out.loss).set("gene_mean_r2", state.gene_mean_r2());
  }
  if (!features->is_whole()) {
    uns.set("features", Value(features->places()));
    uns.set("genes", Value(mpi::broadcast(work.comm(), gene_names)));
  }
  work.set_uns("factorize", std::move(uns));
  const auto model = std::make_shared<const Model>(state.model());
  const auto samples = state.samples();
  if (settings.impute) put_imputed(work, settings, model, samples, features);
  session.phases.measure("plot", [&] {
    draw_genes(work, settings, *model, samples, gene_names);
    if (settings.draw_curves) draw_curves(work, settings, state.curves());
  });
  work.set_gene_embedding("factorize", features->spread(model->genes));
  work.set_embedding("X_factorize", samples);
  return settings;
}

}  // namespace replearn::app
