#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/index.hpp"
#include "data/value_tree.hpp"

namespace replearn::cli {

/// One option: its name, what it does, and how to set and show the field it is bound to.
struct Option {
  std::string name;
  std::string help;                             ///< effect, default and cost, for --help and config files
  std::string value_name;                       ///< "NUMBER", "yes|no", "seurat|cell_ranger|none"
  bool is_switch = false;                       ///< --name alone means yes; --no-name means no
  std::function<void(const std::string&)> set;  ///< throws std::invalid_argument saying what was expected
  std::function<std::string()> show;            ///< the field as text that `set` would take
  std::function<Value()> value;                 ///< the field as it goes to uns/replearn
  bool sets_others = false;                     ///< set before the others, which win over what it sets
  bool changes_result = true;                   ///< else it is of cost or place alone: another value, the same result
};

/// The options of one section, each declared once and bound to the field of a struct; the field's present value is
/// the default. Serves the command line, config files, --help, --dump-config and the record kept in the output.
class OptionSet {
 public:
  OptionSet(std::string section, std::string title) : section_(std::move(section)), title_(std::move(title)) {}

  const std::string& section() const { return section_; }
  const std::string& title() const { return title_; }
  const std::vector<Option>& options() const { return options_; }

  OptionSet& add(const std::string& name, bool& field, const std::string& help);
  /// yes, no, or auto while nothing is said.
  OptionSet& add(const std::string& name, std::optional<bool>& field, const std::string& help);
  OptionSet& add(const std::string& name, Index& field, const std::string& help);
  OptionSet& add(const std::string& name, std::uint64_t& field, const std::string& help);
  OptionSet& add(const std::string& name, double& field, const std::string& help);
  OptionSet& add(const std::string& name, std::string& field, const std::string& help);
  /// Several values separated by commas.
  OptionSet& add(const std::string& name, std::vector<std::string>& field, const std::string& help);
  OptionSet& add(const std::string& name, std::vector<double>& field, const std::string& help);
  OptionSet& add(const std::string& name, std::vector<Index>& field, const std::string& help);
  /// Seconds, written "90", "90s", "10m" or "1.5h".
  OptionSet& add_duration(const std::string& name, double& seconds, const std::string& help);
  /// The option added last changes no result: a checkpoint made under another value of it will do.
  OptionSet& changes_no_result();

  /// One of several names.
  template <class Enum>
  OptionSet& add_choice(const std::string& name, Enum& field, std::vector<std::pair<std::string, Enum>> choices,
                        const std::string& help) {
    std::vector<std::string> names;
    for (const auto& choice : choices) names.push_back(choice.first);
    return add_named(
        name, names, help, [&field, choices](std::size_t chosen) { field = choices[chosen].second; },
        [&field, choices] {
          std::size_t i = 0;
          while (i < choices.size() && choices[i].second != field) ++i;
          return i;
        });
  }

  /// One of several names, each of which stands for values of other options. Options named beside it win over it; one
  /// on the command line wins over the whole config file.
  template <class Enum>
  OptionSet& add_preset(const std::string& name, Enum& field, std::vector<std::pair<std::string, Enum>> choices,
                        std::function<void(Enum)> apply, const std::string& help) {
    add_choice(name, field, std::move(choices), help);
    auto& option = options_.back();
    option.sets_others = true;
    option.set = [&field, apply, choose = option.set](const std::string& text) {
      choose(text);
      apply(field);
    };
    return *this;
  }

  /// All options as they stand, for uns/replearn.
  ValueTree record() const;
  /// "[section]", then for each option its help as a comment and "name = value".
  std::string dump() const;
  /// For --help. With `qualified`, names carry the section: --tsne.perplexity.
  std::string help(bool qualified) const;

 private:
  OptionSet& add_named(const std::string& name, std::vector<std::string> names, const std::string& help,
                       std::function<void(std::size_t)> choose, std::function<std::size_t()> chosen);

  std::string section_, title_;
  std::vector<Option> options_;
};

}  // namespace replearn::cli
