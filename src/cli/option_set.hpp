#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/checkpoint_manager.hpp"
#include "app/given_options.hpp"
#include "base/index.hpp"
#include "base/named_values.hpp"
#include "data/value_tree.hpp"

namespace replearn::cli {

/// Wraps `text` into lines of at most `width` characters, each prefixed with `indent`.
std::string wrapped(const std::string& text, const std::string& indent, std::size_t width);

/// Minimum and maximum of a numeric option.
struct Range {
  double min = 0, max = 0;
  /// "1 to 65536"
  std::string text() const;
};
using app::FileUse;

/// Type of an option's value, as programs that build command lines need it (--describe-options).
enum class OptionType { boolean, integer, number, text, choice, duration, integers, numbers, texts };

/// One option: its name, its help, and functions to set and show the field it is bound to.
struct Option {
  std::string name;
  std::string help;        ///< effect, default and cost, for --help and config files
  std::string value_name;  ///< "NUMBER", "yes|no", "seurat|cell_ranger|none"
  OptionType type = OptionType::text;
  std::function<void(const std::string&)> set;        ///< throws std::invalid_argument saying what was expected
  std::function<std::string()> show;                  ///< the field as text accepted by `set`
  std::function<Value()> value;                       ///< the field as recorded in uns/replearn
  bool is_preset = false;                             ///< a preset, applied before the options that override it
  bool changes_result = true;                         ///< false: affects cost or location only
  std::function<std::vector<double>()> numbers = {};  ///< values of a numeric option
  std::optional<Range> range = {};                    ///< range of a numeric option
  FileUse file_use = FileUse::none;
  bool empty_by_default = false;                         ///< a text field that is empty unless given
  std::string shown_if_empty = "none";                   ///< in the help; accepted as a value, but for "required"
  std::string shown_if_zero = {};                        ///< "auto", "none" or "all"; empty: "0"
  bool is_common = true;                                 ///< shown by --help; else only by --help-all
  std::vector<std::string> extensions = {};              ///< allowed extensions of an output; none: text
  std::vector<std::string> words = {};                   ///< of a choice: all values; else words besides the values
  std::function<std::vector<std::string>()> paths = {};  ///< the values of a text field
  /// --name alone means yes; --no-name means no.
  bool is_switch() const { return type == OptionType::boolean; }
  /// Whether `text` denotes the current value; "0" and the word that is shown for it are equivalent.
  bool is_shown_as(const std::string& text) const {
    const std::string shown = show();
    return text == shown || (text == "0" && shown == shown_if_zero);
  }
};

using app::GivenOptions;

/// The options of one section, each declared once and bound to a field of a struct, whose current value is the default.
/// Used for the command line, config files, --help, --dump-config and the record in the output.
class OptionSet {
 public:
  /// given: receives the names of the options given by the user; must outlive the set.
  OptionSet(std::string section, std::string title, GivenOptions* given = nullptr)
      : section_(std::move(section)), title_(std::move(title)), given_(given) {}

  const std::string& section() const { return section_; }
  const std::string& title() const { return title_; }
  const std::vector<Option>& options() const { return options_; }

  OptionSet& add(const std::string& name, bool& field, const std::string& help);
  /// yes, no or auto (the default).
  OptionSet& add(const std::string& name, std::optional<bool>& field, const std::string& help);
  OptionSet& add(const std::string& name, Index& field, const std::string& help);
  /// A whole number or auto (the default).
  OptionSet& add(const std::string& name, std::optional<Index>& field, const std::string& help);
  OptionSet& add(const std::string& name, std::uint64_t& field, const std::string& help);
  OptionSet& add(const std::string& name, double& field, const std::string& help);
  OptionSet& add(const std::string& name, std::string& field, const std::string& help);
  /// Comma-separated values.
  OptionSet& add(const std::string& name, std::vector<std::string>& field, const std::string& help);
  OptionSet& add(const std::string& name, std::vector<double>& field, const std::string& help);
  OptionSet& add(const std::string& name, std::vector<Index>& field, const std::string& help);
  /// A duration in seconds, written "90", "90s", "10m" or "1.5h".
  OptionSet& add_duration(const std::string& name, double& seconds, const std::string& help);
  /// Restricts the numeric option added last to this range; NaN is refused. Every numeric option has a range, because
  /// extreme values overflow products of sizes or float32 before a method can check them.
  OptionSet& between(double min, double max);
  /// Any other type. set: throws std::invalid_argument with the expected form; show: returns text accepted by `set`.
  OptionSet& add_custom(const std::string& name, const std::string& value_name,
                        std::function<void(const std::string&)> set, std::function<std::string()> show,
                        const std::string& help);
  /// The option added last does not affect results, so checkpoints remain valid if it changes.
  OptionSet& changes_no_result();
  /// The option added last names input files: the job never writes to them, and checkpoints depend on their content
  /// instead of their names.
  OptionSet& reads_file();
  OptionSet& reads_text();
  /// The option added last names an output file with one of these extensions; if empty, a text file, whose extension
  /// must not be that of another format. It does not affect results.
  OptionSet& writes_file(std::vector<std::string> extensions);
  OptionSet& writes_into_folder();
  /// The option added last takes these words besides the names of files.
  OptionSet& accepts(const std::vector<std::string>& words);
  /// Marks the commonly used options: --help shows only these, in the order of declaration; --help-all shows all.
  /// Without this call, --help shows all.
  OptionSet& show_common(const std::vector<std::string>& names);
  /// Shows the option added last in --help-all only.
  OptionSet& advanced();
  /// For options in which 0 means automatic or off: help and config files show the word ("auto" or "none") instead of
  /// 0, and it is accepted as a value. Call after between().
  OptionSet& show_zero_as(const std::string& word, const std::vector<std::string>& names);
  /// Default shown by the help for options that are empty by default, instead of "none".
  OptionSet& show_empty_as(const std::string& word, const std::vector<std::string>& names);

  /// A choice among names.
  template <class Enum>
  OptionSet& add_choice(const std::string& name, Enum& field, NamedValues<Enum> choices, const std::string& help) {
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

  /// A choice among presets, each of which sets other options. Options given explicitly override the preset; a preset
  /// on the command line overrides the whole config file.
  template <class Enum>
  OptionSet& add_preset(const std::string& name, Enum& field, NamedValues<Enum> choices,
                        std::function<void(Enum)> apply, const std::string& help) {
    add_choice(name, field, std::move(choices), help);
    auto& option = options_.back();
    option.is_preset = true;
    option.set = [&field, apply, choose = option.set](const std::string& text) {
      choose(text == "own" ? "replearn" : text);  // its name in earlier versions
      apply(field);
    };
    return *this;
  }

  /// Records that the user gave this option.
  void note_given(const std::string& name) const {
    if (given_) given_->insert(name);
  }

  /// The options that name files, with their values. qualified: flags carry the section.
  std::vector<app::FileOption> files(bool qualified) const;
  /// The current values of all options, for uns/replearn.
  ValueTree record() const;
  /// "[section]", then for each option its help as a comment and "name = value".
  std::string dump() const;
  /// Text for --help or, with `all`, --help-all; empty if there is nothing to show. With `qualified`, names carry the
  /// section: --tsne.perplexity.
  std::string help(bool qualified, bool all) const;
  Index advanced_options() const;  ///< number of options that only --help-all shows

 private:
  Option& find(const std::string& name);
  OptionSet& names_files(FileUse use);
  OptionSet& add_named(const std::string& name, std::vector<std::string> names, const std::string& help,
                       std::function<void(std::size_t)> choose, std::function<std::size_t()> chosen);

  std::string section_, title_;
  GivenOptions* given_;
  std::vector<Option> options_;
};

/// The records of these sets, by section.
ValueTree record_of(const std::vector<const OptionSet*>& sets);
/// What results depend on: the options of these sets, except those that change no result, and the input files.
app::JobIdentity identity_of(const std::vector<const OptionSet*>& sets);

}  // namespace replearn::cli
