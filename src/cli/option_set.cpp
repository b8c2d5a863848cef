#include "cli/option_set.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn::cli {
namespace {

/// Maximum length of a list, such as the layers of a network.
constexpr std::size_t max_numbers = 64;

std::string quoted(const std::string& text) {
  return "'" + text + "'";
}

template <class Number>
Number parse_number(const std::string& text, const char* expected) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(quoted(text) + " is not " + expected);
  }
  return number;
}

std::string shortest(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return {text, end};
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    const auto first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    if (first != std::string::npos) parts.push_back(part.substr(first, last - first + 1));
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : between) + part;
  return all;
}

/// std::nullopt for any other word.
std::optional<bool> yes_or_no(const std::string& text) {
  if (text == "yes" || text == "true" || text == "1" || text == "on") return true;
  if (text == "no" || text == "false" || text == "0" || text == "off") return false;
  return std::nullopt;
}

}  // namespace

std::string wrapped(const std::string& text, const std::string& indent, std::size_t width) {
  std::istringstream words(text);
  std::string result, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
      result += indent + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + indent + line + "\n";
}

OptionSet& OptionSet::add(const std::string& name, bool& field, const std::string& help) {
  options_.push_back({name, help, "yes|no", OptionType::boolean,
                      [&field](const std::string& text) {
                        const auto parsed = yes_or_no(text);
                        if (!parsed) throw std::invalid_argument(quoted(text) + " is not yes or no");
                        field = *parsed;
                      },
                      [&field] { return std::string(field ? "yes" : "no"); }, [&field] { return Value(field); }});
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::optional<bool>& field, const std::string& help) {
  const auto show = [&field] { return std::string(field ? (*field ? "yes" : "no") : "auto"); };
  options_.push_back({name, help, "auto|yes|no", OptionType::boolean,
                      [&field](const std::string& text) {
                        const auto parsed = yes_or_no(text);
                        if (!parsed && text != "auto") {
                          throw std::invalid_argument(quoted(text) + " is not auto, yes or no");
                        }
                        field = parsed;
                      },
                      show, [show] { return Value(show()); }});
  options_.back().words = {"auto"};
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, Index& field, const std::string& help) {
  options_.push_back({name, help, "NUMBER", OptionType::integer,
                      [&field](const std::string& text) { field = parse_number<Index>(text, "a whole number"); },
                      [&field] { return std::to_string(field); }, [&field] { return Value(field); }});
  options_.back().numbers = [&field] { return std::vector{static_cast<double>(field)}; };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::optional<Index>& field, const std::string& help) {
  const auto show = [&field] { return field ? std::to_string(*field) : std::string("auto"); };
  options_.push_back({name, help, "auto|NUMBER", OptionType::integer,
                      [&field](const std::string& text) {
                        field.reset();
                        if (text != "auto") field = parse_number<Index>(text, "auto or a whole number");
                      },
                      show, [show] { return Value(show()); }});
  options_.back().words = {"auto"};
  options_.back().numbers = [&field] {
    return field ? std::vector{static_cast<double>(*field)} : std::vector<double>{};
  };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::uint64_t& field, const std::string& help) {
  options_.push_back(
      {name, help, "NUMBER", OptionType::integer,
       [&field](const std::string& text) { field = parse_number<std::uint64_t>(text, "a whole number from 0 on"); },
       [&field] { return std::to_string(field); }, [&field] { return Value(static_cast<std::int64_t>(field)); }});
  options_.back().numbers = [&field] { return std::vector{static_cast<double>(field)}; };
  // For seeds: any number that the record in the output can store.
  return between(0, 9007199254740991.0);  // 2^53 - 1, exact in float64 and JSON
}

OptionSet& OptionSet::add(const std::string& name, double& field, const std::string& help) {
  options_.push_back({name, help, "NUMBER", OptionType::number,
                      [&field](const std::string& text) { field = parse_number<double>(text, "a number"); },
                      [&field] { return shortest(field); }, [&field] { return Value(field); }});
  options_.back().numbers = [&field] { return std::vector{field}; };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::string& field, const std::string& help) {
  options_.push_back({name, help, "TEXT", OptionType::text, [&field](const std::string& text) { field = text; },
                      [&field] { return field; }, [&field] { return Value(field); }});
  options_.back().empty_by_default = field.empty();
  options_.back().paths = [&field] {
    return field.empty() ? std::vector<std::string>{} : std::vector<std::string>{field};
  };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::vector<std::string>& field, const std::string& help) {
  options_.push_back({name, help, "NAME,NAME...", OptionType::texts,
                      [&field](const std::string& text) { field = split_at_commas(text); },
                      [&field] { return join(field, ", "); }, [&field] { return Value(join(field, ",")); }});
  options_.back().empty_by_default = field.empty();
  options_.back().paths = [&field] { return field; };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::vector<Index>& field, const std::string& help) {
  const auto text = [&field] {
    std::vector<std::string> all;
    for (const Index number : field) all.push_back(std::to_string(number));
    return join(all, ", ");
  };
  options_.push_back({name, help, "NUMBER,NUMBER...", OptionType::integers,
                      [&field](const std::string& given) {
                        field.clear();
                        for (const auto& part : split_at_commas(given)) {
                          field.push_back(parse_number<Index>(part, "a whole number"));
                        }
                      },
                      text, [&field] { return Value(field); }});
  options_.back().numbers = [&field] { return std::vector<double>(field.begin(), field.end()); };
  return *this;
}

OptionSet& OptionSet::add(const std::string& name, std::vector<double>& field, const std::string& help) {
  const auto texts = [&field] {
    std::vector<std::string> all;
    for (const double number : field) all.push_back(shortest(number));
    return all;
  };
  options_.push_back(
      {name, help, "NUMBER,NUMBER...", OptionType::numbers,
       [&field](const std::string& text) {
         field.clear();
         for (const auto& part : split_at_commas(text)) {
           field.push_back(parse_number<double>(part, "a number"));
         }
       },
       [texts] { return join(texts(), ", "); },
       [&field, texts] { return field.size() == 1 ? Value(field.front()) : Value(join(texts(), ",")); }});
  options_.back().numbers = [&field] { return field; };
  return *this;
}

OptionSet& OptionSet::add_custom(const std::string& name, const std::string& value_name,
                                 std::function<void(const std::string&)> set, std::function<std::string()> show,
                                 const std::string& help) {
  options_.push_back(
      {name, help, value_name, OptionType::text, std::move(set), show, [show] { return Value(show()); }});
  return *this;
}

OptionSet& OptionSet::add_duration(const std::string& name, double& seconds, const std::string& help) {
  options_.push_back({name, help, "DURATION", OptionType::duration,
                      [&seconds](const std::string& text) {
                        const std::string units = "smh";
                        const auto unit = text.empty() ? std::string::npos : units.find(text.back());
                        const double in_seconds[] = {1, 60, 3600};
                        seconds = unit == std::string::npos
                                      ? parse_number<double>(text, "a duration such as 30s, 10m or 1.5h")
                                      : parse_number<double>(text.substr(0, text.size() - 1),
                                                             "a duration such as 30s, 10m or 1.5h") *
                                            in_seconds[unit];
                      },
                      [&seconds] {
                        for (const auto& [unit, size] : {std::pair{"h", 3600.0}, std::pair{"m", 60.0}}) {
                          if (seconds >= size && std::fmod(seconds, size) == 0) return shortest(seconds / size) + unit;
                        }
                        return shortest(seconds) + "s";
                      },
                      [&seconds] { return Value(seconds); }});
  options_.back().numbers = [&seconds] { return std::vector{seconds}; };
  return *this;
}

OptionSet& OptionSet::between(double min, double max) {
  auto& option = options_.back();
  if (!option.numbers) throw std::logic_error(option.name + " is not numeric");
  option.range = {min, max};
  option.set = [set = option.set, numbers = option.numbers, min, max](const std::string& text) {
    set(text);
    const auto given = numbers();
    if (given.size() > max_numbers) throw std::invalid_argument("more than 64 numbers");
    for (const double number : given) {
      if (!(number >= min && number <= max)) throw std::invalid_argument(quoted(text) + " is out of range");
    }
  };
  return *this;
}

std::string Range::text() const {
  return shortest(min) + " to " + shortest(max);
}

OptionSet& OptionSet::changes_no_result() {
  options_.back().changes_result = false;
  return *this;
}

OptionSet& OptionSet::names_files(FileUse use) {
  options_.back().file_use = use;
  return changes_no_result();
}
OptionSet& OptionSet::reads_file() {
  return names_files(FileUse::input);
}
OptionSet& OptionSet::reads_text() {
  return names_files(FileUse::text_input);
}
OptionSet& OptionSet::writes_file(std::vector<std::string> extensions) {
  options_.back().extensions = std::move(extensions);
  return names_files(FileUse::output);
}
OptionSet& OptionSet::writes_into_folder() {
  return names_files(FileUse::output_folder);
}
OptionSet& OptionSet::accepts(const std::vector<std::string>& words) {
  auto& option = options_.back();
  option.words = words;
  for (const auto& word : words) option.value_name = word + "|" + option.value_name;
  option.paths = [paths = option.paths, words] {
    auto named = paths();
    std::erase_if(named, [&](const std::string& path) { return std::ranges::find(words, path) != words.end(); });
    return named;
  };
  return *this;
}

Option& OptionSet::find(const std::string& name) {
  const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.name == name; });
  if (found == options_.end()) throw std::logic_error("[" + section_ + "] has no option " + name);
  return *found;
}

OptionSet& OptionSet::show_common(const std::vector<std::string>& names) {
  for (auto& option : options_) option.is_common = false;
  for (const auto& name : names) find(name).is_common = true;
  return *this;
}

Index OptionSet::advanced_options() const {
  return std::count_if(options_.begin(), options_.end(), [](const Option& option) { return !option.is_common; });
}

OptionSet& OptionSet::advanced() {
  options_.back().is_common = false;
  return *this;
}

OptionSet& OptionSet::show_zero_as(const std::string& word, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    auto& option = find(name);
    option.value_name = word + "|" + option.value_name;
    option.shown_if_zero = word;
    option.words.push_back(word);
    option.set = [set = option.set, word](const std::string& text) { set(text == word ? "0" : text); };
    option.show = [show = option.show, word] {
      const std::string text = show();
      return text == "0" ? word : text;
    };
  }
  return *this;
}

OptionSet& OptionSet::show_empty_as(const std::string& word, const std::vector<std::string>& names) {
  for (const auto& name : names) find(name).shown_if_empty = word;
  return *this;
}

OptionSet& OptionSet::add_named(const std::string& name, std::vector<std::string> names, const std::string& help,
                                std::function<void(std::size_t)> choose, std::function<std::size_t()> chosen) {
  options_.push_back({name, help, join(names, "|"), OptionType::choice,
                      [names, choose](const std::string& text) {
                        const auto at = std::find(names.begin(), names.end(), text);
                        if (at == names.end()) {
                          const std::string near = nearest_name(text, names);
                          throw std::invalid_argument(quoted(text) + " is not one of " + join(names, ", ") +
                                                      (near.empty() ? "" : "; did you mean " + quoted(near) + "?"));
                        }
                        choose(static_cast<std::size_t>(at - names.begin()));
                      },
                      [names, chosen] { return names.at(chosen()); },
                      [names, chosen] { return Value(names.at(chosen())); }});
  options_.back().words = names;
  return *this;
}

ValueTree OptionSet::record() const {
  ValueTree tree;
  for (const auto& option : options_) tree.set(option.name, option.value());
  return tree;
}

std::string OptionSet::dump() const {
  std::string text = "# " + title_ + "\n[" + section_ + "]\n";
  for (const auto& option : options_) {
    text += wrapped(option.help + " (" + option.value_name + ")", "# ", 100);
    const std::string value = option.show();
    text += option.name + " =" + (value.empty() ? "" : " " + value) + "\n";
  }
  return text;
}

std::string OptionSet::help(bool qualified, bool all) const {
  if (!all && advanced_options() == static_cast<Index>(options_.size())) return "";
  std::string text = title_ + " [" + section_ + "]\n";
  for (const auto& option : options_) {
    if (!all && !option.is_common) continue;
    const std::string name = qualified ? section_ + "." + option.name : option.name;
    text += option.is_switch() ? fmt::format("  --{}[={}]", name, option.value_name)
                               : fmt::format("  --{} {}", name, option.value_name);
    const std::string value = option.show();
    text += "  (" + (value.empty() ? option.shown_if_empty : value) +
            (option.range ? "; " + option.range->text() : "") + ")\n" + wrapped(option.help, "      ", 100);
  }
  return text;
}

std::vector<app::FileOption> OptionSet::files(bool qualified) const {
  std::vector<app::FileOption> files;
  for (const auto& option : options_) {
    if (option.file_use == FileUse::none) continue;
    files.push_back({section_ + "." + option.name, "--" + (qualified ? section_ + "." : "") + option.name,
                     option.file_use, option.paths(), option.extensions});
  }
  return files;
}

ValueTree record_of(const std::vector<const OptionSet*>& sets) {
  ValueTree record;
  for (const auto* set : sets) record.set(set->section(), set->record());
  return record;
}

app::JobIdentity identity_of(const std::vector<const OptionSet*>& sets) {
  app::JobIdentity identity;
  for (const auto* set : sets) {
    for (const auto& file : set->files(false)) {
      if (file.use == FileUse::input || file.use == FileUse::text_input) identity.inputs.push_back(file);
    }
    for (const auto& option : set->options()) {
      if (option.changes_result) identity.options.push_back({set->section() + "." + option.name, option.show()});
    }
  }
  return identity;
}

}  // namespace replearn::cli
