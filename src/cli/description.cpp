#include "cli/description.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "cli/other_names.hpp"

namespace replearn::cli {
namespace {

std::string json_text(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + "\"";
}

/// JSON elements between brackets, or braces.
std::string listed(const std::vector<std::string>& elements, const char* open, const char* between, const char* close) {
  std::string result = open;
  for (std::size_t i = 0; i < elements.size(); ++i) result += (i > 0 ? between : "") + elements[i];
  return result + close;
}

std::string json_texts(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const auto& text : texts) quoted.push_back(json_text(text));
  return listed(quoted, "[", ", ", "]");
}

/// The number as it is written, a JSON number too; a word such as "auto" or "inf" as text.
std::string json_number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? text : json_text(text);
}

const char* type_name(OptionType type) {
  switch (type) {
    case OptionType::boolean:
      return "boolean";
    case OptionType::integer:
      return "integer";
    case OptionType::number:
      return "number";
    case OptionType::text:
      return "text";
    case OptionType::choice:
      return "choice";
    case OptionType::duration:
      return "duration";
    case OptionType::integers:
      return "integers";
    case OptionType::numbers:
      return "numbers";
    case OptionType::texts:
      return "texts";
  }
  return "";
}

const char* file_use_name(FileUse use) {
  switch (use) {
    case FileUse::none:
      return "none";
    case FileUse::input:
      return "input";
    case FileUse::text_input:
      return "text_input";
    case FileUse::output:
      return "output";
    case FileUse::output_folder:
      return "output_folder";
  }
  return "";
}

std::string json_default(const Option& option) {
  const std::string shown = option.show();
  switch (option.type) {
    case OptionType::boolean:
      return shown == "yes" ? "true" : shown == "no" ? "false" : json_text(shown);
    case OptionType::integer:
    case OptionType::number:
      return json_number(shown);
    case OptionType::integers:
    case OptionType::numbers:
    case OptionType::texts: {
      std::vector<std::string> elements;
      std::istringstream parts(shown);
      for (std::string part; std::getline(parts, part, ',');) {
        part.erase(0, part.find_first_not_of(' '));
        elements.push_back(option.type == OptionType::texts ? json_text(part) : json_number(part));
      }
      return listed(elements, "[", ", ", "]");
    }
    default:
      return shown.empty() ? "null" : json_text(shown);
  }
}

const char* json_boolean(bool value) {
  return value ? "true" : "false";
}

std::string json_option(const OptionSet& set, const Option& option, Naming naming) {
  std::vector<std::string> names, members;
  for (const auto& each : set.options()) names.push_back(each.name);
  const auto member = [&](const char* name, const std::string& json) {
    members.push_back(fmt::format("\"{}\": {}", name, json));
  };
  member("section", json_text(set.section()));
  member("name", json_text(option.name));
  member("flag", json_text("--" + (is_qualified(set, naming) ? set.section() + "." : "") + option.name));
  member("type", json_text(type_name(option.type)));
  member("default", json_default(option));
  if (!option.words.empty()) member("words", json_texts(option.words));
  if (option.range) {
    const auto bound = [](double value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; };
    member("min", bound(option.range->min));
    member("max", bound(option.range->max));
  }
  if (option.empty_by_default) member("empty", json_text(option.shown_if_empty));
  member("common", json_boolean(option.is_common));
  if (option.is_preset) member("preset", "true");
  member("changes_result", json_boolean(option.changes_result));
  if (option.file_use != FileUse::none) member("file", json_text(file_use_name(option.file_use)));
  if (!option.extensions.empty()) member("extensions", json_texts(option.extensions));
  if (const auto aliases = names_accepted_for(option.name, names); !aliases.empty()) {
    member("aliases", json_texts(aliases));
  }
  member("help", json_text(option.help));
  return listed(members, "    {", ", ", "}");
}

}  // namespace

std::string description(const Verb& verb, const std::vector<OptionSet*>& sets, Naming naming) {
  std::vector<std::string> options;
  for (const auto* set : sets) {
    for (const auto& option : set->options()) options.push_back(json_option(*set, option, naming));
  }
  return fmt::format(
      "{{\"name\": {}, \"summary\": {}, \"details\": {}, \"example\": {}, \"iterates\": {}, \"options\": {}}}\n",
      json_text(verb.name), json_text(verb.summary), json_text(verb.details), json_text(verb.example),
      json_boolean(verb.iterates), listed(options, "[\n", ",\n", "\n  ]"));
}

std::string description_of_general_options() {
  std::vector<std::string> options;
  for (const auto& [name, value_name, help, is_common] : general_options()) {
    options.push_back(fmt::format("{{\"name\": {}, \"value\": {}, \"common\": {}, \"help\": {}}}", json_text(name),
                                  json_text(value_name), json_boolean(is_common), json_text(help)));
  }
  return listed(options, "[\n  ", ",\n  ", "]");
}

}  // namespace replearn::cli
