#include "app/vae/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/model_numbers.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

using nn::Activation;
using vae::Likelihood;

template <class Enum>
using Names = std::vector<std::pair<std::string, Enum>>;

const Names<Activation>& activation_names() {
  static const Names<Activation> names = {{"relu", Activation::relu},
                                          {"leaky_relu", Activation::leaky_relu},
                                          {"tanh", Activation::tanh},
                                          {"softplus", Activation::softplus}};
  return names;
}
const Names<Likelihood>& likelihood_names() {
  static const Names<Likelihood> names = {{"gaussian", Likelihood::gaussian},
                                          {"bernoulli", Likelihood::bernoulli},
                                          {"poisson", Likelihood::poisson},
                                          {"negative_binomial", Likelihood::negative_binomial},
                                          {"zero_inflated", Likelihood::zero_inflated}};
  return names;
}
const Names<vae::Library>& library_names() {
  static const Names<vae::Library> names = {{"observed", vae::Library::observed}, {"none", vae::Library::none}};
  return names;
}
const Names<vae::Noise>& noise_names() {
  static const Names<vae::Noise> names = {{"per_gene", vae::Noise::per_gene}, {"isotropic", vae::Noise::isotropic}};
  return names;
}

template <class Enum>
Value name_of(const Names<Enum>& names, Enum value) {
  for (const auto& [name, one] : names) {
    if (one == value) return name;
  }
  return std::string();
}

constexpr const char* place = "uns/vae/model";

template <class Enum>
Enum value_of(const io::H5adReader& file, const std::string& name, const Names<Enum>& names) {
  const std::string element = std::string(place) + "/" + name, text = file.text(element).value_or("");
  for (const auto& [known, value] : names) {
    if (known == text) return value;
  }
  throw InputError(file.path(), element, "'" + text + "' is not a known value", "use a file written by replearn vae");
}

[[noreturn]] void does_not_fit(const io::H5adReader& file, const std::string& what) {
  throw InputError(file.path(), place, what, "run replearn vae on that file again");
}

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
  record.set("activation", name_of(activation_names(), shape.activation));
  record.set("likelihood", name_of(likelihood_names(), shape.likelihood));
  record.set("library", name_of(library_names(), shape.library)).set("noise", name_of(noise_names(), shape.noise));
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
  if (!file.has(place)) {
    throw InputError(file.path(), place, "no such key: the file has no model", "run replearn vae on that file first");
  }
  const auto numbers = [&](const std::string& name) { return file.numbers(std::string(place) + "/" + name); };
  const auto number = [&](const std::string& name) {
    const auto all = numbers(name);
    if (all.size() != 1) does_not_fit(file, name + " is not a single number");
    return all.front();
  };
  vae::Shape shape;
  shape.genes = whole_number(number("genes"));
  shape.latent = whole_number(number("latent"));
  shape.encoder = whole_numbers(numbers("encoder"));
  shape.decoder = whole_numbers(numbers("decoder"));
  shape.activation = value_of(file, "activation", activation_names());
  shape.likelihood = value_of(file, "likelihood", likelihood_names());
  shape.library = value_of(file, "library", library_names());
  shape.noise = value_of(file, "noise", noise_names());
  shape.log1p = number("log1p") != 0;
  shape.encode_conditions = number("encode_condition") != 0;
  shape.batch_norm = number("batch_norm") != 0;
  vae::Model model;
  model.log_library_mean = number("log_library_mean");
  model.log_library_deviation = number("log_library_deviation");
  model.levels = whole_numbers(numbers("condition_levels"));
  model.level_shares = numbers("condition_shares");
  conditions.columns = file.texts(std::string(place) + "/condition");
  const auto labels = file.texts(std::string(place) + "/condition_labels");
  for (const Index count : model.levels) shape.condition_levels += count;
  const auto weights = numbers("weights"), statistics = numbers("statistics");
  bool sound = shape.latent > 0 && shape.genes > 0 && model.levels.size() == conditions.columns.size() &&
               shape.condition_levels == static_cast<Index>(labels.size()) &&
               model.level_shares.size() == labels.size();
  for (const Index count : model.levels) sound = sound && count > 0;
  if (!sound) does_not_fit(file, "the stored arrays are inconsistent");
  auto from = labels.begin();
  for (const Index count : model.levels) {
    conditions.labels.emplace_back(from, from + count);
    from += count;
  }
  const bool sized = fits(shape, weights.size());
  if (sized) model.network = vae::Network<float>(shape);
  if (!sized || static_cast<Index>(weights.size()) != model.network.parameters.size() ||
      statistics.size() != model.network.running_statistics().size()) {
    does_not_fit(file, fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
  }
  std::transform(weights.begin(), weights.end(), model.network.parameters.values().begin(),
                 [](double w) { return static_cast<float>(w); });
  model.network.set_running_statistics(statistics);
  return model;
}

}  // namespace replearn::app
