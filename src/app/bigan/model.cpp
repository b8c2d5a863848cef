#include "app/bigan/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "app/model_numbers.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

using bigan::EncoderKind;
using bigan::Mlp;
using bigan::OutputForm;
using bigan::Unit;

template <class Enum>
using Names = std::vector<std::pair<std::string, Enum>>;

const Names<Unit>& unit_names() {
  static const Names<Unit> names = {{"relu", Unit::relu},
                                    {"leaky_relu", Unit::leaky_relu},
                                    {"tanh", Unit::tanh},
                                    {"softplus", Unit::softplus},
                                    {"maxout", Unit::maxout}};
  return names;
}
const Names<EncoderKind>& encoder_names() {
  static const Names<EncoderKind> names = {{"stochastic", EncoderKind::stochastic},
                                           {"deterministic", EncoderKind::deterministic}};
  return names;
}
const Names<OutputForm>& output_names() {
  static const Names<OutputForm> names = {{"identity", OutputForm::identity},
                                          {"sigmoid", OutputForm::sigmoid},
                                          {"tanh", OutputForm::tanh},
                                          {"softplus", OutputForm::softplus}};
  return names;
}

template <class Enum>
std::string name_of(const Names<Enum>& names, Enum value) {
  const auto at = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.second == value; });
  return at == names.end() ? std::string() : at->first;
}

constexpr const char* place = "uns/bigan/model";

[[noreturn]] void does_not_fit(const io::H5adReader& file, const std::string& what) {
  throw InputError(file.path(), place, what, "run replearn bigan on that file again");
}

/// Reads the entries below `place`.
class Reading {
 public:
  explicit Reading(const io::H5adReader& file) : file_(file) {}
  std::vector<double> numbers(const std::string& name) const { return file_.numbers(element(name)); }
  double number(const std::string& name) const {
    const auto all = numbers(name);
    if (all.size() != 1) does_not_fit(file_, name + " is not a single number");
    return all.front();
  }
  template <class Enum>
  Enum choice(const std::string& name, const Names<Enum>& names) const {
    const auto text = file_.text(element(name)).value_or("");
    const auto at = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == text; });
    if (at == names.end()) does_not_fit(file_, name + " '" + text + "' is not a known value");
    return at->second;
  }

 private:
  static std::string element(const std::string& name) { return std::string(place) + "/" + name; }
  const io::H5adReader& file_;
};

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
  record.set("unit", Value(name_of(unit_names(), options.unit))).set("pieces", options.pieces);
  record.set("slope", options.slope).set("batch_norm", options.batch_norm);
  record.set("encoder", Value(name_of(encoder_names(), encoder_generator.kind)));
  record.set("output_form", Value(name_of(output_names(), encoder_generator.output)));
  record.set("factor", Value(model.scaling.factor)).set("shift", Value(model.scaling.shift));
  record.set("statistics", Value(statistics));
  record.set("weights", Value(std::vector<float>(weights.begin(), weights.end())));
  return record;
}

bigan::Model read_bigan(const io::H5adReader& file) {
  if (!file.has(place)) {
    throw InputError(file.path(), place, "no such key: the file has no model", "run replearn bigan on that file first");
  }
  const Reading reading(file);
  const auto narrow = [&](const std::string& name) {
    const auto numbers = reading.numbers(name);
    std::vector<float> values;
    for (const double number : numbers) values.push_back(static_cast<float>(number));
    return values;
  };
  bigan::Options options;
  const auto m = whole_number(reading.number("columns"));
  options.latent = whole_number(reading.number("latent"));
  options.hidden = whole_numbers(reading.numbers("hidden"));
  options.unit = reading.choice("unit", unit_names());
  options.pieces = whole_number(reading.number("pieces"));
  options.slope = reading.number("slope");
  options.batch_norm = reading.number("batch_norm") != 0;
  options.encoder = reading.choice("encoder", encoder_names());
  options.output = reading.choice("output_form", output_names());
  const auto weights = narrow("weights");
  std::vector<Index> widths{m};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(options.latent);
  const bool maxout = options.unit == bigan::Unit::maxout && !options.hidden.empty();
  // With maxout all layers but the last have `pieces` times as many weights.
  if (options.pieces < 1 || !layers_fit(widths, static_cast<Index>(weights.size())) ||
      (maxout && options.pieces > static_cast<Index>(weights.size()) / (m * widths[1]))) {
    does_not_fit(file, fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
  }
  bigan::Model model{bigan::EncoderGenerator<float>(options, m), {narrow("factor"), narrow("shift")}};
  const auto statistics = reading.numbers("statistics");
  std::size_t count = 0;
  each_statistic(model.encoder_generator, [&](const std::vector<double>& of) { count += of.size(); });
  if (static_cast<Index>(weights.size()) != model.encoder_generator.parameters.size() || statistics.size() != count ||
      model.scaling.columns() != m || static_cast<Index>(model.scaling.shift.size()) != m) {
    does_not_fit(file, fmt::format("has {} weights, which does not match the stored layer widths", weights.size()));
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
