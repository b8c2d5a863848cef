#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/index.hpp"
#include "data/value_tree.hpp"

namespace replearn::cli {

/// `text` in lines of at most `width` characters, each begun with `indent`.
std::string wrapped(const std::string& text, const std::string& indent, std::size_t width);

/// Least and greatest number that an option takes.
struct Range {
  double min = 0, max = 0;
  /// "1 to 65536"
  std::string text() const;
};
/// What the text of an option names, see job_files.hpp. input: a file, or the folder of a matrix; text_input: files,
/// folders or patterns of text.
enum class FileUse { none, input, text_input, output, output_folder };

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
  std::function<std::vector<double>()> numbers = {};  ///< those that the field holds; of a numeric option
  std::optional<Range> range = {};                    ///< of a numeric option
  FileUse file_use = FileUse::none;
  std::string shown_if_empty = "none";                   ///< by help
  bool is_usual = true;                                  ///< shown by --help; else by --help-all alone
  std::vector<std::string> endings = {};                 ///< of names that an output may have; none: it is text
  std::function<std::vector<std::string>()> paths = {};  ///< the field, if it is text, each of its values by itself
};

/// Names of the options of a section that the command line or the config file gave: these are demands, and are refused
/// where the data cannot meet them. What is not among them is a default, and is lowered instead (see lower_default).
using GivenOptions = std::set<std::string, std::less<>>;

/// The options of one section, each declared once and bound to the field of a struct; the field's present value is
/// the default. Serves the command line, config files, --help, --dump-config and the record kept in the output.
class OptionSet {
 public:
  /// given: filled with the names of the options that the user gives; must outlive the set.
  OptionSet(std::string section, std::string title, GivenOptions* given = nullptr)
      : section_(std::move(section)), title_(std::move(title)), given_(given) {}

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
  /// The option added last, a number or several, takes none but these, nor NaN. Every numeric option has a range: what
  /// lies beyond would overflow a product of sizes or a float32 before any method could judge it.
  OptionSet& between(double min, double max);
  /// Anything else. set: throws std::invalid_argument saying what was expected; show: as text that `set` takes.
  OptionSet& add_text_form(const std::string& name, const std::string& value_name,
                           std::function<void(const std::string&)> set, std::function<std::string()> show,
                           const std::string& help);
  /// The option added last changes no result: a checkpoint made under another value of it will do.
  OptionSet& changes_no_result();
  /// The option added last names what is read: never written to by this job, and a checkpoint minds its content in
  /// place of its name.
  OptionSet& reads_file();
  OptionSet& reads_text();
  /// It names what is written, under a name with one of these endings; none: text, under any name that stands for no
  /// other format. Changes no result.
  OptionSet& writes_file(std::vector<std::string> endings);
  OptionSet& writes_into_folder();
  /// The named ones are those that people change: --help shows them, in the order of their declaration, and
  /// --help-all all. Without this call --help shows all.
  OptionSet& show_usual(const std::vector<std::string>& names);
  /// Only --help-all shows the option added last.
  OptionSet& seldom_changed();
  /// 0 stands for a rule or for nothing in the named options: help and config files show this word, "auto" or "none",
  /// in its place, and it is accepted. To be called after between().
  OptionSet& show_zero_as(const std::string& word, const std::vector<std::string>& names);
  /// What help shows as the default of the named options, which are empty by default; otherwise it is "none".
  OptionSet& show_empty_as(const std::string& word, const std::vector<std::string>& names);

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

  /// The user gave this option a value.
  void note_given(const std::string& name) const {
    if (given_) given_->insert(name);
  }

  /// All options as they stand, for uns/replearn.
  ValueTree record() const;
  /// "[section]", then for each option its help as a comment and "name = value".
  std::string dump() const;
  /// Text for --help or, with `all`, --help-all. With `qualified`, names carry the section: --tsne.perplexity.
  std::string help(bool qualified, bool all) const;
  Index seldom_changed_options() const;  ///< number of options that only --help-all shows

 private:
  Option& find(const std::string& name);
  OptionSet& names_files(FileUse use);
  OptionSet& add_named(const std::string& name, std::vector<std::string> names, const std::string& help,
                       std::function<void(std::size_t)> choose, std::function<std::size_t()> chosen);

  std::string section_, title_;
  GivenOptions* given_;
  std::vector<Option> options_;
};

}  // namespace replearn::cli
