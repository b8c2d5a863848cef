#pragma once
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

/// The options of a verb as a JSON object, made from the table that also makes the help (--describe-options):
///
///     {"name", "summary", "details", "example", "iterates", "options": [
///       {"section", "name", "flag", "type", "default", "words", "min", "max", "empty", "common", "preset",
///        "changes_result", "file", "extensions", "aliases", "help"}]}
///
/// type: boolean, integer, number, text, choice, duration, integers, numbers or texts (comma-separated lists). default:
/// of that type, or one of `words`; null for an empty text. words: all values of a choice; for other types, words that
/// are accepted besides the values ("auto"). empty: the word that stands for an empty text; "required" if one must be
/// given. file: input, text_input, output or output_folder. Keys that do not apply are absent. Local.
std::string description(const Verb& verb, const std::vector<OptionSet*>& sets, Naming naming);

/// The options of every verb as a JSON array of {"name", "value", "common", "help"}. Local.
std::string description_of_general_options();

}  // namespace replearn::cli
