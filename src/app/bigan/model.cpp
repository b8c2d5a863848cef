#include "app/bigan/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/stored_model.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

/// Running means and variances of all layers, network by network.
template <class EncoderGenerator, class Work>
void each_statistic(EncoderGenerator& encoder_generator, Work&& work) {
  for (auto* network : {&encoder_generator.encoder, &encoder_generator.generator}) {
    for (auto& norm : network->norms()) {
      work(norm.running_mean);
      work(norm.running_variance);
    }
  }
}

}  // namespace

ValueTree model_record(const bigan::Model& model, const bigan::Options& options) {
  const auto& encoder_generator = model.encoder_generator;
  const auto weights = encoder_generator.parameters.values();
  std::vector<double> statistics;
  each_statistic(encoder_generator,
                 [&](const std::vector<double>& of) { statistics.insert(statistics.end(), of.begin(), of.end()); });
  ValueTree record;
  record.set("columns", encoder_generator.columns())
      .set("latent", encoder_generator.latent)
      .set("hidden", Value(options.hidden));
  record.set("unit", Value(stored_name(bigan::unit_names, options.unit))).set("pieces", options.pieces);
  record.set("slope", options.slope).set("batch_norm", options.batch_norm);
  record.set("encoder", Value(stored_name(bigan::encoder_names, encoder_generator.kind)));
  record.set("output_form", Value(stored_name(bigan::output_form_names, encoder_generator.output)));
  record.set("factor", Value(model.scaling.factor)).set("shift", Value(model.scaling.shift));
  record.set("statistics", Value(statistics));
  record.set("weights", Value(std::vector<float>(weights.begin(), weights.end())));
  return record;
}

bigan::Model read_bigan(const io::H5adReader& file) {
  const StoredModel stored(file, "uns/bigan/model", "bigan");
  bigan::Options options;
  const auto m = stored.whole_number("columns");
  options.latent = stored.whole_number("latent");
  options.hidden = stored.whole_numbers("hidden");
  options.unit = stored.choice("unit", bigan::unit_names);
  options.pieces = stored.whole_number("pieces");
  options.slope = stored.number("slope");
  options.batch_norm = stored.flag("batch_norm");
  options.encoder = stored.choice("encoder", bigan::encoder_names);
  options.output = stored.choice("output_form", bigan::output_form_names);
  const auto weights = stored.narrow_numbers("weights");
  std::vector<Index> widths{m};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(options.latent);
  const bool maxout = options.unit == bigan::Unit::maxout && !options.hidden.empty();
  // With maxout all layers but the last have `pieces` times as many weights.
  if (options.pieces < 1 || !layers_fit(widths, static_cast<Index>(weights.size())) ||
      (maxout && options.pieces > static_cast<Index>(weights.size()) / (m * widths[1]))) {
    stored.does_not_fit(fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
  }
  bigan::Model model{bigan::EncoderGenerator<float>(options, m),
                     {stored.narrow_numbers("factor"), stored.narrow_numbers("shift")}};
  const auto statistics = stored.numbers("statistics");
  std::size_t count = 0;
  each_statistic(model.encoder_generator, [&](const std::vector<double>& of) { count += of.size(); });
  if (static_cast<Index>(weights.size()) != model.encoder_generator.parameters.size() || statistics.size() != count ||
      model.scaling.columns() != m || static_cast<Index>(model.scaling.shift.size()) != m) {
    stored.does_not_fit(fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
  }
  std::copy(weights.begin(), weights.end(), model.encoder_generator.parameters.values().begin());
  auto from = statistics.begin();
  each_statistic(model.encoder_generator, [&](std::vector<double>& to) {
    std::copy_n(from, to.size(), to.begin());
    from += static_cast<std::ptrdiff_t>(to.size());
  });
  return model;
}

}  // namespace replearn::app
