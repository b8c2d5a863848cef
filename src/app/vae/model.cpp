#include "app/vae/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/stored_model.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

/// Layer widths of encoder and decoder, from input to output.
bool fits(const vae::Shape& shape, std::size_t weights) {
  std::vector<Index> down{shape.genes}, up{shape.latent};
  down.insert(down.end(), shape.encoder.begin(), shape.encoder.end());
  up.insert(up.end(), shape.decoder.begin(), shape.decoder.end());
  down.push_back(shape.latent);
  up.push_back(shape.genes);
  return layers_fit(down, static_cast<Index>(weights)) && layers_fit(up, static_cast<Index>(weights));
}

}  // namespace

ValueTree model_record(const vae::Model& model, const ConditionLabels& conditions) {
  const auto& shape = model.network.shape;
  const auto weights = model.network.parameters.values();
  ValueTree record;
  record.set("genes", shape.genes).set("latent", shape.latent);
  record.set("encoder", Value(shape.encoder)).set("decoder", Value(shape.decoder));
  record.set("activation", Value(stored_name(nn::hidden_activation_names, shape.activation)));
  record.set("likelihood", Value(stored_name(vae::likelihood_names, shape.likelihood)));
  record.set("library", Value(stored_name(vae::library_names, shape.library)));
  record.set("noise", Value(stored_name(vae::noise_names, shape.noise)));
  record.set("log1p", shape.log1p).set("encode_condition", shape.encode_conditions);
  record.set("batch_norm", shape.batch_norm);
  record.set("log_library_mean", model.log_library_mean).set("log_library_deviation", model.log_library_deviation);
  std::vector<std::string> labels;
  for (const auto& of_column : conditions.labels) labels.insert(labels.end(), of_column.begin(), of_column.end());
  record.set("condition", Value(conditions.columns)).set("condition_labels", Value(labels));
  record.set("condition_levels", Value(conditions.levels())).set("condition_shares", Value(model.level_shares));
  record.set("statistics", Value(model.network.running_statistics()));
  record.set("weights", Value(std::vector<float>(weights.begin(), weights.end())));
  return record;
}

vae::Model read_vae(const io::H5adReader& file, ConditionLabels& conditions) {
  const StoredModel stored(file, "uns/vae/model", "vae");
  vae::Shape shape;
  shape.genes = stored.whole_number("genes");
  shape.latent = stored.whole_number("latent");
  shape.encoder = stored.whole_numbers("encoder");
  shape.decoder = stored.whole_numbers("decoder");
  shape.activation = stored.choice("activation", nn::hidden_activation_names);
  shape.likelihood = stored.choice("likelihood", vae::likelihood_names);
  shape.library = stored.choice("library", vae::library_names);
  shape.noise = stored.choice("noise", vae::noise_names);
  shape.log1p = stored.flag("log1p");
  shape.encode_conditions = stored.flag("encode_condition");
  shape.batch_norm = stored.flag("batch_norm");
  vae::Model model;
  model.log_library_mean = stored.number("log_library_mean");
  model.log_library_deviation = stored.number("log_library_deviation");
  model.levels = stored.whole_numbers("condition_levels");
  model.level_shares = stored.numbers("condition_shares");
  conditions.columns = stored.texts("condition");
  const auto labels = stored.texts("condition_labels");
  for (const Index count : model.levels) shape.condition_levels += count;
  const auto weights = stored.numbers("weights"), statistics = stored.numbers("statistics");
  bool sound = shape.latent > 0 && shape.genes > 0 && model.levels.size() == conditions.columns.size() &&
               shape.condition_levels == static_cast<Index>(labels.size()) &&
               model.level_shares.size() == labels.size();
  for (const Index count : model.levels) sound = sound && count > 0;
  if (!sound) stored.does_not_fit("the stored arrays are inconsistent");
  auto from = labels.begin();
  for (const Index count : model.levels) {
    conditions.labels.emplace_back(from, from + count);
    from += count;
  }
  const bool sized = fits(shape, weights.size());
  if (sized) model.network = vae::Network<float>(shape);
  if (!sized || static_cast<Index>(weights.size()) != model.network.parameters.size() ||
      statistics.size() != model.network.running_statistics().size()) {
    stored.does_not_fit(fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
  }
  std::transform(weights.begin(), weights.end(), model.network.parameters.values().begin(),
                 [](double w) { return static_cast<float>(w); });
  model.network.set_running_statistics(statistics);
  return model;
}

}  // namespace replearn::app
