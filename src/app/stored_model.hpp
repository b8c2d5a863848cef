#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "base/named_values.hpp"
#include "io/anndata/h5ad_reader.hpp"

namespace replearn::app {

/// The name of a value as stored in a model file: with underscores instead of hyphens.
template <class Enum>
std::string stored_name(const NamedValues<Enum>& names, Enum value) {
  const auto at = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.second == value; });
  std::string name = at == names.end() ? std::string() : at->first;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// Reads the entries of a model in uns of a file. All ranks. Every function throws InputError naming the model's place.
class StoredModel {
 public:
  /// place: "uns/vae/model"; verb: the verb that writes it. Throws InputError if the file has none.
  StoredModel(const io::H5adReader& file, std::string place, std::string verb);

  std::vector<double> numbers(const std::string& name) const;
  std::vector<float> narrow_numbers(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  double number(const std::string& name) const;
  bool flag(const std::string& name) const { return number(name) != 0; }
  /// Widths or counts; -1 for a number that is not an integer or exceeds 2^40, the size of any model.
  Index whole_number(const std::string& name) const;
  std::vector<Index> whole_numbers(const std::string& name) const;
  template <class Enum>
  Enum choice(const std::string& name, const NamedValues<Enum>& names) const {
    const auto text = this->text(name);
    const auto at = std::find_if(names.begin(), names.end(),
                                 [&](const auto& one) { return stored_name(names, one.second) == text; });
    if (at == names.end()) does_not_fit(name + " '" + text + "' is not a known value");
    return at->second;
  }
  [[noreturn]] void does_not_fit(const std::string& what) const;

 private:
  std::string text(const std::string& name) const;
  const io::H5adReader& file_;
  std::string place_, verb_;
};

/// Whether this number of weights suffices for dense layers of these widths. False also if a width is not positive.
/// Local.
bool layers_fit(const std::vector<Index>& widths, Index weights);

}  // namespace replearn::app
