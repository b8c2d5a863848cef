#include "app/evaluate/record.hpp"

#include <fmt/core.h>

#include <cmath>

namespace replearn::app {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string json_of_item(bool value) { return value ? "true" : "false"; }
std::string json_of_item(std::int64_t value) { return std::to_string(value); }
std::string json_of_item(double value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }
std::string json_of_item(float value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }
std::string json_of_item(const std::string& value) { return quoted(value); }
std::string json_of_item(const std::shared_ptr<ValueTree>& value) { return json_of(*value); }

template <class T>
std::string json_of_item(const std::vector<T>& values) {
  std::string result = "[";
  for (const auto& value : values) result += (result.size() > 1 ? ", " : "") + json_of_item(value);
  return result + "]";
}

}  // namespace

std::string json_of(const ValueTree& tree) {
  std::string result = "{";
  for (const auto& [name, value] : tree.entries) {
    result += (result.size() > 1 ? ", " : "") + quoted(name) + ": " +
              std::visit([](const auto& held) { return json_of_item(held); }, value);
  }
  return result + "}";
}

ValueTree record_of(const MapEvaluation& evaluation) {
  ValueTree parameters, record;
  parameters.set("reference", Value(evaluation.reference))
      .set("neighbors", Value(std::vector<std::int64_t>(evaluation.neighborhoods.neighbors)))
      .set("rank_neighbors", Value(std::vector<std::int64_t>(evaluation.neighborhoods.rank_neighbors)))
      .set("cell_neighbors", evaluation.neighborhoods.cell_neighbors);
  record.set("params", std::move(parameters));
  for (const auto& map : evaluation.maps) {
    ValueTree scores;
    const auto& of = map.neighborhoods;
    scores.set("recall", Value(of.recall))
        .set("trustworthiness", Value(of.trustworthiness))
        .set("continuity", Value(of.continuity))
        .set("mrre_false", Value(of.mrre_false))
        .set("mrre_missing", Value(of.mrre_missing));
    record.set(map.basis, std::move(scores));
  }
  return record;
}

}  // namespace replearn::app
