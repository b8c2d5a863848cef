#include "app/factorize/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/stored_model.hpp"
#include "base/error.hpp"

namespace replearn::app {

ValueTree network_record(const factorize::Network<float>& network) {
  const auto& shape = network.shape;
  const auto values = network.parameters.values();
  ValueTree record;
  record.set("sample_dims", shape.sample_dims).set("gene_dims", shape.gene_dims).set("hidden", Value(shape.hidden));
  record.set("activation", Value(stored_name(nn::hidden_activation_names, shape.activation)));
  record.set("output", Value(stored_name(factorize::output_names, shape.output)));
  record.set("loss", Value(stored_name(factorize::loss_names, shape.loss)));
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
  if (!file.has("uns/factorize/network") || !file.has("varm/factorize")) {
    throw InputError(file.path(), "uns/factorize/network", "no such key: the file has no model",
                     file.has("uns/fe/network")
                         ? "the model (uns/fe) is from an earlier version; run replearn factorize again"
                         : "run replearn factorize on that file first");
  }
  const StoredModel stored(file, "uns/factorize/network", "factorize");
  factorize::Shape shape;
  shape.sample_dims = stored.whole_number("sample_dims");
  shape.gene_dims = stored.whole_number("gene_dims");
  shape.hidden = stored.whole_numbers("hidden");
  shape.activation = stored.choice("activation", nn::hidden_activation_names);
  shape.output = stored.choice("output", factorize::output_names);
  shape.loss = stored.choice("loss", factorize::loss_names);
  shape.genes = file.columns();
  factorize::Model model;
  model.genes = file.varm("factorize");
  const auto weights = stored.narrow_numbers("weights");
  std::vector<Index> widths{shape.sample_dims};
  widths.insert(widths.end(), shape.hidden.begin(), shape.hidden.end());
  const bool sound = !shape.hidden.empty() && model.genes.cols() == shape.gene_dims && shape.gene_dims > 0 &&
                     layers_fit(widths, static_cast<Index>(weights.size()));
  if (sound) model.network = factorize::Network<float>(shape);
  if (!sound || static_cast<Index>(weights.size()) != model.network.parameters.size()) {
    stored.does_not_fit(
        fmt::format("has {} weights and varm/factorize {} columns, which does not match the stored layer widths",
                    weights.size(), model.genes.cols()));
  }
  std::copy(weights.begin(), weights.end(), model.network.parameters.values().begin());
  model.network.low = static_cast<float>(stored.number("low"));
  model.network.high = static_cast<float>(stored.number("high"));
  return model;
}

}  // namespace replearn::app
