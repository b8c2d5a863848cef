#include "app/factorize/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/model_numbers.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

using factorize::Loss;
using factorize::Output;
using nn::Activation;

template <class Enum>
using Names = std::vector<std::pair<std::string, Enum>>;

const Names<Loss>& loss_names() {
  static const Names<Loss> names = {
      {"mse", Loss::mse}, {"poisson", Loss::poisson}, {"negative_binomial", Loss::negative_binomial}};
  return names;
}
const Names<Output>& output_names() {
  static const Names<Output> names = {{"linear", Output::linear}, {"sigmoid", Output::sigmoid}};
  return names;
}
const Names<Activation>& activation_names() {
  static const Names<Activation> names = {{"identity", Activation::identity},     {"relu", Activation::relu},
                                          {"leaky_relu", Activation::leaky_relu}, {"tanh", Activation::tanh},
                                          {"sigmoid", Activation::sigmoid},       {"softplus", Activation::softplus}};
  return names;
}

template <class Enum>
Value name_of(const Names<Enum>& names, Enum value) {
  for (const auto& [name, one] : names) {
    if (one == value) return name;
  }
  return std::string();
}

template <class Enum>
Enum value_of(const io::H5adReader& file, const std::string& element, const Names<Enum>& names) {
  const std::string text = file.text(element).value_or("");
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  throw InputError(file.path(), element, "'" + text + "' is not a known value",
                   "use a file written by replearn factorize");
}

double number_of(const io::H5adReader& file, const std::string& element) {
  const auto all = file.numbers(element);
  if (all.size() != 1) {
    throw InputError(file.path(), element, "is not a single number", "run replearn factorize on that file again");
  }
  return all.front();
}

}  // namespace

ValueTree network_record(const factorize::Network<float>& network) {
  const auto& shape = network.shape;
  const auto values = network.parameters.values();
  ValueTree record;
  record.set("sample_dims", shape.sample_dims).set("gene_dims", shape.gene_dims).set("hidden", Value(shape.hidden));
  record.set("activation", name_of(activation_names(), shape.activation));
  record.set("output", name_of(output_names(), shape.output)).set("loss", name_of(loss_names(), shape.loss));
  record.set("low", static_cast<double>(network.low)).set("high", static_cast<double>(network.high));
  record.set("weights", Value(std::vector<float>(values.begin(), values.end())));
  return record;
}

void take_shape(const factorize::Shape& shape, factorize::Options& options) {
  options.sample_dims = shape.sample_dims;
  options.gene_dims = shape.gene_dims;
  options.hidden = shape.hidden;
  options.activation = shape.activation;
  options.output = shape.output;
  options.loss = shape.loss;
}

factorize::Model read_factorize(const io::H5adReader& file) {
  const std::string at = "uns/factorize/network/";
  if (!file.has("uns/factorize/network") || !file.has("varm/factorize")) {
    throw InputError(file.path(), "uns/factorize/network", "no such key: the file has no model",
                     file.has("uns/fe/network")
                         ? "the model (uns/fe) is from an earlier version; run replearn factorize again"
                         : "run replearn factorize on that file first");
  }
  factorize::Shape shape;
  shape.sample_dims = whole_number(number_of(file, at + "sample_dims"));
  shape.gene_dims = whole_number(number_of(file, at + "gene_dims"));
  shape.hidden = whole_numbers(file.numbers(at + "hidden"));
  shape.activation = value_of(file, at + "activation", activation_names());
  shape.output = value_of(file, at + "output", output_names());
  shape.loss = value_of(file, at + "loss", loss_names());
  shape.genes = file.columns();
  factorize::Model model;
  model.genes = file.varm("factorize");
  const auto weights = file.numbers(at + "weights");
  std::vector<Index> widths{shape.sample_dims};
  widths.insert(widths.end(), shape.hidden.begin(), shape.hidden.end());
  const bool sound = !shape.hidden.empty() && model.genes.cols() == shape.gene_dims && shape.gene_dims > 0 &&
                     layers_fit(widths, static_cast<Index>(weights.size()));
  if (sound) model.network = factorize::Network<float>(shape);
  if (!sound || static_cast<Index>(weights.size()) != model.network.parameters.size()) {
    throw InputError(
        file.path(), "uns/factorize/network",
        fmt::format("has {} weights and varm/factorize {} columns, which does not match the stored layer widths",
                    weights.size(), model.genes.cols()),
        "run replearn factorize on that file again");
  }
  std::transform(weights.begin(), weights.end(), model.network.parameters.values().begin(),
                 [](double w) { return static_cast<float>(w); });
  model.network.low = static_cast<float>(number_of(file, at + "low"));
  model.network.high = static_cast<float>(number_of(file, at + "high"));
  return model;
}

}  // namespace replearn::app
