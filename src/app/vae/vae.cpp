#include "app/vae/vae.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/error_context.hpp"
#include "app/figure_path.hpp"
#include "app/model_layer.hpp"
#include "app/reference.hpp"
#include "app/run_with_checkpoints.hpp"
#include "app/sample_file.hpp"
#include "app/vae/model.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"

namespace replearn::app {
namespace {

constexpr Index decoded_rows_per_pass = 128;

/// genes: gene names, on root.
void write_samples(Workspace& work, const VaeSettings& settings, SampleFile& file, const vae::Model& model,
                   const ConditionLabels& conditions, const std::vector<std::string>& genes) {
  if (!file.wanted()) return;
  const auto& comm = work.comm();
  const auto drawn = work.session().phases.measure(
      "sample", [&] { return draw_cells(comm, model, settings.sample, settings.method.seed); });
  const auto levels = mpi::gather_v(comm, drawn.conditions);
  Annotations obs;
  for (std::size_t f = 0; comm.is_root() && f < conditions.columns.size(); ++f) {
    Categorical column;
    column.categories = conditions.labels[f];
    for (std::size_t i = f; i < levels.size(); i += conditions.columns.size()) column.codes.push_back(levels[i]);
    obs.set(conditions.columns[f], std::move(column));
  }
  file.write("cells sampled from the model", Matrix(drawn.x), std::move(obs), genes, "X_vae", drawn.z);
}

/// Expected value of every cell and gene, written block by block. columns: for each gene of the input its index in the
/// model. library 0: each cell's own total count.
void put_expected(Workspace& work, const std::string& layer, std::shared_ptr<const vae::Network<float>> network,
                  std::shared_ptr<const vae::Data> data, const DistributedMatrix& means,
                  const std::vector<Index>& places, double library,
                  std::shared_ptr<const FeatureMatrix> features = nullptr) {
  if (layer.empty()) return;
  const auto genes = static_cast<Index>(places.size());
  put_model_layer(work, layer, means, genes, features, decoded_rows_per_pass, [=](Index begin, Index count) {
    const RowMatrix values = decode_means(*network, *data, means, begin, count, library);
    RowMatrix chosen(count, genes);
    for (Index j = 0; j < genes; ++j) chosen.col(j) = values.col(places[j]);
    return chosen;
  });
}

std::vector<Index> in_order(Index m) {
  std::vector<Index> places(m);
  for (Index j = 0; j < m; ++j) places[j] = j;
  return places;
}

/// Logs and records the bounds over a subset of the cells.
void log_bounds(Workspace& work, const VaeSettings& settings, const vae::Network<float>& network, const vae::Data& data,
                const std::vector<Index>& rows, const std::string& of, ValueTree& uns) {
  auto& session = work.session();
  const auto bound = session.phases.measure(
      "evaluate", [&] { return evaluate(work.comm(), network, data, rows, settings.method.seed); });
  session.log.line(fmt::format("vae: {} cells: ELBO {:.4f} nats per cell (reconstruction {:.4f}, KL {:.4f})", of,
                               bound.elbo(), bound.reconstruction / bound.cells, bound.divergence / bound.cells));
  const double without_codes =
      session.phases.measure("evaluate", [&] { return loss_without_codes(work.comm(), network, data, rows); });
  if (bound.elbo() <= -without_codes) {
    session.log.warning(fmt::format(
        "vae: {} cells are reconstructed no better with individual codes than with one common code ({:.4f} nats "
        "per cell); the model learned nothing about differences between cells. More --epochs, more cells or a "
        "smaller --latent may help",
        of, -without_codes));
  }
  ValueTree record;
  record.set("cells", bound.cells).set("elbo", bound.elbo()).set("elbo_without_codes", -without_codes);
  record.set("reconstruction", bound.reconstruction / bound.cells).set("divergence", bound.divergence / bound.cells);
  if (settings.importance_samples > 0) {
    const auto bounds = session.phases.measure("evaluate", [&] {
      return importance_bounds(work.comm(), network, data, rows, settings.importance_samples, settings.method.seed);
    });
    session.log.line(fmt::format("vae: {} cells: importance-weighted bound {:.4f} with {} samples", of, bounds.back(),
                                 settings.importance_samples));
    record.set("importance_bounds", Value(bounds));
  }
  uns.set(of == "held-out" ? "held_out" : "bound", std::move(record));
}

void log_active_units(Workspace& work, const DistributedMatrix& means, ValueTree& uns) {
  const auto variances = vae::variances_of_means(work.comm(), means);
  const auto active = std::count_if(variances.begin(), variances.end(), [](double v) { return v > vae::active_from; });
  work.session().log.line(fmt::format("vae: {} of {} latent units active", active, variances.size()));
  if (active == 0) {
    work.session().log.warning(
        "vae: no latent unit is active (posterior collapse); the embedding carries no information. More --epochs, a "
        "longer --kl-warmup or a smaller --beta may help");
  }
  uns.set("unit_variances", Value(variances)).set("active_units", static_cast<std::int64_t>(active));
}

ValueTree curves_record(const vae::Curves& curves) {
  ValueTree record;
  record.set("step", Value(curves.step)).set("reconstruction", Value(curves.reconstruction));
  record.set("divergence", Value(curves.divergence)).set("weight", Value(curves.weight));
  record.set("held_out_reconstruction", Value(curves.held_out_reconstruction));
  record.set("held_out_divergence", Value(curves.held_out_divergence));
  return record;
}

void draw_curves(Workspace& work, const VaeSettings& settings, const vae::Curves& curves, bool held_out) {
  const std::vector<double> steps(curves.step.begin(), curves.step.end());
  const auto elbo = [](const std::vector<double>& reconstruction, const std::vector<double>& divergence) {
    std::vector<double> sums(reconstruction.size());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = -reconstruction[i] - divergence[i];
    return sums;
  };
  report::CurveFigure figure;
  figure.title = "Variational autoencoder: training";
  const auto panel = [&](const std::string& title, const std::vector<double>& training,
                         const std::vector<double>& held) {
    figure.panels.push_back({title, "step", "nats per cell", {{"training", steps, training, false}}, false});
    if (held_out) figure.panels.back().curves.push_back({"held out", steps, held, true});
  };
  panel("ELBO", elbo(curves.reconstruction, curves.divergence),
        elbo(curves.held_out_reconstruction, curves.held_out_divergence));
  panel("reconstruction, -log p(x|z)", curves.reconstruction, curves.held_out_reconstruction);
  panel("KL of q(z|x) from the prior", curves.divergence, curves.held_out_divergence);
  const std::string path = figure_path(work, settings.folder, settings.figure_format, "vae_training");
  mpi::on_root(work.comm(), [&] { report::write_curves(path, figure); });
  work.session().log.line("wrote " + path);
}

/// obs/vae_held_out: the cells held out of training.
void put_held_out(Workspace& work, const vae::State& state) {
  std::vector<std::uint8_t> flags(state.data().local_rows(), 0);
  for (const Index row : state.held_out()) flags[row] = 1;
  flags = mpi::gather_v(work.comm(), flags);
  work.set_obs_column("vae_held_out", work.comm().is_root() ? Column(Flags{std::move(flags)}) : Column());
}

/// x with the genes of the model as columns. All ranks. Throws InputError if a gene is missing.
Matrix with_genes(Workspace& work, const std::vector<std::string>& names, const Matrix& x,
                  const std::vector<Index>& columns) {
  const auto absent = std::find(columns.begin(), columns.end(), -1) - columns.begin();
  if (absent < static_cast<Index>(columns.size())) {
    mpi::on_root(work.comm(), [&] {
      throw InputError(work.input_path(), "var",
                       fmt::format("{} of the model's {} genes are missing, the first is ",
                                   std::count(columns.begin(), columns.end(), -1), columns.size()) +
                           names[absent],
                       "provide all genes that the model was trained on");
    });
  }
  return arrange_columns(x, columns);
}

/// Embeds new cells with the model of a reference.
void place_cells(Workspace& work, const VaeSettings& settings) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(comm, settings.reference); });
  ConditionLabels labels;
  const auto model =
      std::make_shared<const vae::Model>(session.phases.measure("read", [&] { return read_vae(reference, labels); }));
  const std::shared_ptr<const vae::Network<float>> network(model, &model->network);
  if (!settings.denoise.empty() && (!network->shape.counts() || network->shape.library == vae::Library::none)) {
    throw InputError("", "--denoise", "the reference model's likelihood has no library size", "use --impute");
  }
  SampleFile samples(work, settings.sample, settings.sample_output);
  samples.require_memory(network->shape.genes);
  const auto genes = genes_of_model(work, reference, network->shape.genes, "uns/vae/genes");
  const auto columns =
      columns_of_genes(work, genes, settings.reference, settings.matrix, "are missing, but the model needs all");
  const auto x = std::make_shared<const Matrix>(with_genes(work, genes, work.matrix(settings.matrix), columns));
  const auto conditions = conditions_of(work, labels);
  struct Kept {
    std::shared_ptr<const Matrix> x;
    vae::Data data;
  };
  const auto kept = std::make_shared<const Kept>(Kept{x, vae::Data(comm, *x, network->shape, conditions)});
  const std::shared_ptr<const vae::Data> data(kept, &kept->data);
  auto means = session.phases.measure("vae", [&] { return embed(comm, *network, *data); });
  ValueTree uns;
  uns.set("reference", Value(settings.reference));  // the model stays in that file, as its gene order may differ
  log_bounds(work, settings, *network, *data, in_order(data->local_rows()), "the", uns);
  log_active_units(work, means, uns);
  work.set_uns("vae", std::move(uns));
  write_samples(work, settings, samples, *model, labels, genes);
  if (!settings.impute.empty() || !settings.denoise.empty()) {
    std::vector<Index> places(replearn::columns(work.matrix(settings.matrix)), -1);
    for (std::size_t j = 0; j < columns.size(); ++j) {
      places[columns[j]] = static_cast<Index>(j);
    }
    if (std::count(places.begin(), places.end(), -1) > 0) {
      throw InputError(work.input_path(), "var", "has genes unknown to the model, which cannot be predicted",
                       "omit --impute and --denoise, or remove these genes");
    }
    put_expected(work, settings.impute, network, data, means, places, 0);
    put_expected(work, settings.denoise, network, data, means, places, settings.denoise_library);
  }
  work.set_embedding("X_vae", std::move(means));
}

}  // namespace

VaeSettings vae_step(Workspace& work, const VaeSettings& settings) {
  settings.validate();
  for (const auto& [option, layer] : {std::pair{"--impute", settings.impute}, {"--denoise", settings.denoise}}) {
    if (!layer.empty()) work.require_genes_of_x(option, settings.matrix);
  }
  if (!settings.reference.empty()) {
    require_no_choice_of_features(settings.feature_types);
    place_cells(work, settings);
    return settings;
  }
  auto& session = work.session();
  const auto& comm = work.comm();
  SampleFile samples(work, settings.sample, settings.sample_output);
  const auto labels = labels_of(work, settings.condition);
  const auto conditions = conditions_of(work, labels);
  const auto features = std::make_shared<const FeatureMatrix>(work, "vae", settings.matrix, settings.feature_types);
  const Matrix& x = features->x();
  samples.require_memory(columns(x));
  const auto state = session.phases.measure("vae", [&] {
    return std::make_shared<vae::State>(comm, x, conditions, labels.levels(), settings.checked(), session.log);
  });
  session.log.line(fmt::format("vae: {} weights, {} steps, {} per epoch, {} cells held out",
                               state->model().network.parameters.size(), state->steps(), state->steps_per_epoch(),
                               state->held_out_count()));
  run_with_checkpoints(session, "vae", "loss", *state);
  const vae::Model& model = state->model();
  const std::shared_ptr<const vae::Network<float>> network(state, &model.network);
  const std::shared_ptr<const vae::Data> data(state, &state->data());
  auto means = session.phases.measure("vae", [&] { return embed(comm, *network, *data); });
  VaeSettings used = settings;
  used.method = state->used_options();
  used.patience = used.method.patience;
  ValueTree uns;
  uns.set("curves", curves_record(state->curves()));
  if (state->held_out_count() > 0) {
    log_bounds(work, settings, *network, *data, state->held_out(), "held-out", uns);
    put_held_out(work, *state);
  }
  log_active_units(work, means, uns);
  uns.set("model", model_record(model, labels));
  const auto genes = features->select(work.genes_of(settings.matrix));
  if (!features->is_whole()) uns.set("genes", Value(mpi::broadcast(comm, genes)));
  work.set_uns("vae", std::move(uns));
  write_samples(work, settings, samples, model, labels, genes);
  const auto places = in_order(model.network.shape.genes);
  put_expected(work, settings.impute, network, data, means, places, 0, features);
  put_expected(work, settings.denoise, network, data, means, places, settings.denoise_library, features);
  if (settings.draw_curves) {
    session.phases.measure("plot", [&] { draw_curves(work, settings, state->curves(), state->held_out_count() > 0); });
  }
  work.set_embedding("X_vae", std::move(means));
  return used;
}

}  // namespace replearn::app
