#include "cli/command_line.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.hpp"
#include "cli/options/files.hpp"
#include "cli/other_names.hpp"
#include "cli/verb.hpp"
#include "io/readable_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

namespace po = boost::program_options;

/// Sections of config files of all verbs; other sections are errors.
std::vector<std::string> all_sections() {
  std::vector<std::string> sections = {"files", "text", "vocabulary", "job"};
  for (const auto& verb : verbs()) {
    if (verb.has_section) sections.emplace_back(verb.name);
  }
  return sections;
}

struct Target {
  const OptionSet* set;
  const Option* option;
};

/// Options by their names on the command line and in the config file ("section.name").
struct Names {
  std::map<std::string, Target> command_line, config;
};

Names names_of(const std::vector<OptionSet*>& sets, Naming naming) {
  Names names;
  for (const auto* set : sets) {
    for (const auto& option : set->options()) {
      const std::string full = set->section() + "." + option.name;
      const bool plain = !is_qualified(*set, naming);
      names.config[full] = {set, &option};
      names.command_line[plain ? option.name : full] = {set, &option};
    }
  }
  return names;
}

/// Options of a section ("tsne.") in config files.
std::vector<std::string> options_of(const Names& names, const std::string& section) {
  std::vector<std::string> found;
  for (const auto& [full, target] : names.config) {
    if (full.starts_with(section)) found.push_back(full.substr(section.size()));
  }
  return found;
}

std::vector<std::string> keys(const std::map<std::string, Target>& map) {
  std::vector<std::string> all;
  for (const auto& entry : map) all.push_back(entry.first);
  return all;
}

void set_value(const Option& option, const std::string& file, const std::string& place, const std::string& text) {
  try {
    const bool stands_for_empty = option.empty_by_default && option.shown_if_empty != "required";
    option.set(stands_for_empty && text == option.shown_if_empty ? "" : text);
  } catch (const std::invalid_argument& error) {
    throw InputError(file, place, error.what(),
                     "expected " + option.value_name + (option.range ? " from " + option.range->text() : ""));
  }
}

/// An option given by the user, not yet applied.
struct Assignment {
  Target target;
  std::string file, place, text;
  bool is_explicit = true;  ///< false: a default repeated in a dumped config file
};

/// Applies presets first, so that explicit options override them.
void assign(const std::vector<Assignment>& assignments) {
  for (const bool presets : {true, false}) {
    for (const auto& given : assignments) {
      const auto& [set, option] = given.target;
      if (option->is_preset != presets) continue;
      set_value(*option, given.file, given.place, given.text);
      // auto, or the 0 that stands for it, asks for the default rule.
      if (given.is_explicit && given.text != "auto" && option->show() != "auto") set->note_given(option->name);
    }
  }
}

io::InputCheck parse_check(const std::string& text) {
  if (text == "full") return io::InputCheck::full;
  if (text == "none") return io::InputCheck::none;
  throw InputError("", "--check-input", "'" + text + "' is not one of full, none", "expected full|none");
}

/// Bytes of a size such as 500M, 16G or 1.5T.
double parse_size(const std::string& text) {
  const std::string units = "KMGT";
  double factor = 1;
  std::string number = text;
  if (!number.empty() && (number.back() == 'B' || number.back() == 'b')) number.pop_back();
  if (!number.empty()) {
    const auto letter = static_cast<char>(std::toupper(static_cast<unsigned char>(number.back())));
    if (const auto unit = units.find(letter); unit != std::string::npos) {
      factor = std::ldexp(1.0, 10 * (static_cast<int>(unit) + 1));
      number.pop_back();
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !(value > 0) || !std::isfinite(value * factor)) {
    throw InputError("", "--memory-limit", "'" + text + "' is not a size", "write it like 500M or 16G");
  }
  return value * factor;
}

double parse_seconds(const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0.01 && seconds <= 1e9)) {
    throw InputError("", "--progress-every", "'" + text + "' is not a number of seconds", "expected 0.01 to 1e+09");
  }
  return seconds;
}

/// Expands switches: --no-name to --name=no, and --name to --name=yes unless followed by a `yes` or `no` that cannot be
/// a positional argument.
Arguments spell_out_switches(const Arguments& arguments, const std::map<std::string, Target>& names, bool words_first) {
  Arguments result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto is_switch = [&](const std::string& name) {
      const auto at = names.find(name);
      return at != names.end() && at->second.option->is_switch();
    };
    std::string spelt = word;
    if (word.starts_with("--") && word.find('=') == std::string::npos) {
      const std::string name = word.substr(2);
      const auto dot = name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1;
      const bool told =
          !words_first && i + 1 < arguments.size() && (arguments[i + 1] == "yes" || arguments[i + 1] == "no");
      if (is_switch(name))
        spelt = word + "=" + (told ? arguments[++i] : "yes");
      else if (name.substr(dot).starts_with("no-") && is_switch(name.substr(0, dot) + name.substr(dot + 3))) {
        spelt = "--" + name.substr(0, dot) + name.substr(dot + 3) + "=no";
      }
    }
    result.push_back(spelt);
  }
  return result;
}

/// Joins the arguments after an option of several input files (--input news/*.txt, expanded by the shell) up to the
/// next option into one list.
Arguments join_lists(const Arguments& arguments, const std::map<std::string, Target>& names) {
  const auto takes_several = [&](const std::string& word) {
    const auto at = word.starts_with("--") ? names.find(word.substr(2)) : names.end();
    if (at == names.end() || at->second.option->value_name != "NAME,NAME...") return false;
    return at->second.option->name == "input" || at->second.option->name == "similarity";
  };
  Arguments result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    result.push_back(arguments[i]);
    if (!takes_several(arguments[i])) continue;
    std::string all;
    for (; i + 1 < arguments.size() && !arguments[i + 1].starts_with("-"); ++i) {
      all += (all.empty() ? "" : ",") + arguments[i + 1];
    }
    if (!all.empty()) result.push_back(all);
  }
  return result;
}

/// A second argument after --output would be read as an input file.
void require_one_output(const Arguments& arguments) {
  const auto output = std::find(arguments.begin(), arguments.end(), "--output");
  if (arguments.end() - output < 3 || (output + 2)->starts_with("-")) return;
  throw InputError("", "command line", "unexpected argument '" + *(output + 2) + "' after --output " + *(output + 1),
                   "only one file is written; input files follow --input");
}

[[noreturn]] void unknown_option(const std::string& file, const std::string& place, const std::string& name,
                                 std::vector<std::string> candidates) {
  std::string other = hint_for_option(name, candidates);
  if (other.empty()) other = hint_for_part(name, candidates);
  const std::string near = nearest_name(name, candidates);
  throw InputError(file, place, "no such option",
                   !other.empty() ? other
                   : near.empty() ? "--help lists the options"
                                  : "did you mean '" + near + "'?");
}

/// Replaces another program's name of an option by ours and adds a note; our own names are returned unchanged.
std::string our_name(const std::string& name, const std::vector<std::string>& options,
                     std::vector<std::string>& notes) {
  const auto [ours, remark] = accepted_name(name, options);
  if (ours.empty()) return name;
  std::string with_dashes = name;
  std::replace(with_dashes.begin(), with_dashes.end(), '_', '-');
  if (with_dashes == ours || name.size() == 1) return ours;
  notes.push_back("--" + name + " is called --" + ours + " here" + (remark.empty() ? "" : ": " + remark));
  return ours;
}

/// Replaces other programs' option names by ours.
Arguments with_our_names(const Arguments& arguments, const std::vector<std::string>& options,
                         std::vector<std::string>& notes) {
  Arguments result;
  for (const auto& word : arguments) {
    const bool is_short = word == "-o" || word == "-i";
    if (!word.starts_with("--") && !is_short) {
      result.push_back(word);
      continue;
    }
    const auto equals = std::min(word.find('='), word.size());
    const std::size_t dashes = is_short ? 1 : 2;
    result.push_back("--" + our_name(word.substr(dashes, equals - dashes), options, notes) + word.substr(equals));
  }
  return result;
}

struct FromCommandLine {
  CommonOptions common;
  std::vector<Assignment> assignments;  // these override the config file
  std::set<std::string> sections;
};

FromCommandLine parse_words(const Arguments& words, const Names& names, const OptionSet& first) {
  FromCommandLine result;
  auto known = keys(names.command_line);
  for (const auto& option : general_options()) known.push_back(option.name);
  const Arguments arguments = with_our_names(words, known, result.common.session.notes);
  po::options_description description;
  for (const auto& [name, target] : names.command_line)
    description.add_options()(name.c_str(), po::value<std::string>());
  for (const auto& option : general_options()) {
    if (!option.value_name.empty())
      description.add_options()(option.name.c_str(), po::value<std::string>());
    else
      description.add_options()(option.name == "help" ? "help,h" : option.name.c_str(), "");
  }
  po::positional_options_description positional;
  const auto has = [&](const std::string& name) {
    return std::any_of(first.options().begin(), first.options().end(), [&](const auto& o) { return o.name == name; });
  };
  const bool words_first = !first.options().empty() && first.options().front().name == "words";
  // With --output, positional arguments are input files if the verb reads several.
  const bool output_named = std::any_of(arguments.begin(), arguments.end(), [](const std::string& word) {
    return word == "--output" || word.starts_with("--output=");
  });
  const bool inputs_listed =
      output_named && std::any_of(first.options().begin(), first.options().end(),
                                  [](const auto& o) { return o.name == "input" && o.value_name == "NAME,NAME..."; });
  if (inputs_listed) require_one_output(arguments);
  for (const char* name : {"input", "output"}) {
    if (!words_first && !inputs_listed && has(name)) positional.add(name, 1);
  }
  if (words_first) positional.add("words", -1);
  if (inputs_listed) positional.add("input", -1);
  const std::string listed = words_first ? "words" : inputs_listed ? "input" : "";
  // Receives surplus arguments, for the error message.
  const std::string unexpected = " unexpected";
  description.add_options()(unexpected.c_str(), po::value<std::string>());
  if (listed.empty()) positional.add(unexpected.c_str(), -1);
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(spell_out_switches(join_lists(arguments, names.command_line),
                                                                   names.command_line, words_first))
                            .options(description)
                            .positional(positional)
                            .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next |
                                   style::allow_short | style::allow_dash_for_short | style::short_allow_next)
                            .run();
    std::set<std::string> seen;
    for (const auto& option : parsed.options) {
      const std::string& name = option.string_key;
      if (name == unexpected) {
        throw InputError("", "command line", "unexpected argument '" + option.value.at(0) + "'",
                         "the input comes first, then the output; all other options are --name value");
      }
      if (name == listed && option.position_key >= 0 && seen.contains(name)) {
        for (auto& given : result.assignments) {
          if (given.place == "--" + listed) given.text += "," + option.value.at(0);
        }
        continue;
      }
      if (!seen.insert(name).second) {
        const bool stray = option.position_key >= 0;  // a positional argument, as in "--center perhaps"
        throw InputError(
            "", "--" + name, "given twice",
            stray ? "'" + option.value.at(0) + "' was read as its value, because the option before it takes no value"
                  : std::string("give it only once"));
      }
      if (name == "config")
        result.common.config = option.value.at(0);
      else if (name == "timings")
        result.common.session.timings = option.value.at(0);
      else if (name == "log")
        result.common.session.log_file = option.value.at(0);
      else if (name == "progress-every")
        result.common.session.progress_seconds = parse_seconds(option.value.at(0));
      else if (name == "memory-limit")
        result.common.session.memory_limit = parse_size(option.value.at(0));
      else if (name == "check-input")
        result.common.check_input = parse_check(option.value.at(0));
      else if (name == "dump-config")
        result.common.dump_config = true;
      else if (name == "describe-options")
        result.common.describe = true;
      else if (name == "help" || name == "help-all") {
        result.common.help = true;
        result.common.help_all = result.common.help_all || name == "help-all";
      } else if (name == "quiet")
        result.common.session.quiet = true;
      else {
        const auto target = names.command_line.at(name);
        result.assignments.push_back({target, "", "--" + name, option.value.at(0)});
        result.sections.insert(target.set->section());
      }
    }
  } catch (const po::unknown_option& error) {
    std::string name = error.get_option_name();
    name.erase(0, name.find_first_not_of('-'));
    name.erase(std::min(name.find('='), name.size()));
    unknown_option("", "--" + name, name, known);
  } catch (const po::error& error) {
    throw InputError("", "command line", error.what(), "--help shows the form of each option");
  }
  return result;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Lines of the section headers and of each "section.name", which Boost's parser does not report.
struct Layout {
  std::map<std::string, int> sections, options;
};

Layout layout_of(const std::string& file, const std::string& text) {
  const auto known = all_sections();
  Layout layout;
  std::istringstream lines(text);
  std::string section;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = trimmed(line.substr(0, line.find('#')));
    const std::string place = "line " + std::to_string(number);
    if (line.starts_with("[") && line.ends_with("]")) {
      section = trimmed(line.substr(1, line.size() - 2));
      if (nearest_name(section, known) != section) {
        throw InputError(file, place, "no such section [" + section + "]", suggest(section, known));
      }
      if (!layout.sections.emplace(section, number).second) {
        throw InputError(file, place, "section [" + section + "] occurs twice", "merge the sections");
      }
    } else if (const auto equals = line.find('='); equals != std::string::npos) {
      const std::string name = trimmed(line.substr(0, equals));
      if (section.empty()) throw InputError(file, place, "option before the first [section]", "add a section above it");
      if (!layout.options.emplace(section + "." + name, number).second) {
        throw InputError(file, place, "'" + name + "' occurs twice in [" + section + "]", "keep one");
      }
    } else if (!line.empty()) {
      throw InputError(file, place, "neither a [section] nor 'name = value'", "fix the line or comment it out with #");
    }
  }
  return layout;
}

/// Whether some verb has this option in the shared section [files]; plot, for example, has no output.
bool is_file_option(const std::string& name) {
  app::FileSettings unused;
  const OptionSet set = file_options(unused);
  return std::any_of(set.options().begin(), set.options().end(),
                     [&](const auto& option) { return option.name == name; });
}

/// Options set by the config file, except those given on the command line.
std::vector<Assignment> parse_config(const std::string& file, const std::string& text, const Names& names,
                                     const std::vector<OptionSet*>& sets, const std::vector<Assignment>& already,
                                     std::set<std::string>& sections, std::vector<std::string>& notes) {
  const Layout layout = layout_of(file, text);
  for (const auto& entry : layout.sections) sections.insert(entry.first);
  const auto mine = [&](const std::string& full) {
    for (const auto* set : sets) {
      if (full.starts_with(set->section() + ".")) return true;
    }
    return false;
  };
  std::set<const Option*> on_command_line;
  for (const auto& given : already) on_command_line.insert(given.target.option);
  // Names in the file to ours, both with their sections.
  std::map<std::string, std::string> our_names;
  std::set<std::string> present;
  for (const auto& [full, line] : layout.options) {
    if (!mine(full)) continue;
    const auto dot = full.find('.');
    const std::string section = full.substr(0, dot + 1), name = full.substr(dot + 1);
    const std::string ours = our_name(name, options_of(names, section), notes);
    our_names[full] = section + ours;
    if (!present.insert(section + ours).second) {
      throw InputError(file, "line " + std::to_string(line) + ", '" + name + "'", "'" + ours + "' is given twice",
                       "keep one");
    }
  }
  // A section with all options of its set was written by --dump-config, so defaults in it are not explicit.
  const auto is_dump = [&](const OptionSet& set) {
    return std::all_of(set.options().begin(), set.options().end(),
                       [&](const Option& option) { return present.contains(set.section() + "." + option.name); });
  };
  std::set<const OptionSet*> dumps;
  for (const auto* set : sets) {
    if (is_dump(*set)) dumps.insert(set);
  }
  std::vector<Assignment> assignments;
  po::options_description nothing_known;
  std::istringstream stream(text);
  for (const auto& option : po::parse_config_file(stream, nothing_known, true).options) {
    const std::string& full = option.string_key;
    if (!mine(full)) continue;
    const auto dot = full.find('.');
    const std::string section = full.substr(0, dot + 1), name = full.substr(dot + 1);
    const auto target = names.config.find(our_names.at(full));
    const std::string place = "line " + std::to_string(layout.options.at(full)) + ", '" + name + "'";
    if (target == names.config.end() && full.starts_with("files.") && is_file_option(name)) continue;
    if (target == names.config.end()) unknown_option(file, place, name, options_of(names, section));
    if (!on_command_line.contains(target->second.option)) {
      const auto& [set, known] = target->second;
      const std::string& text_given = option.value.at(0);
      const bool is_explicit = !dumps.contains(set) || !known->is_shown_as(text_given);
      assignments.push_back({target->second, file, place, text_given, is_explicit});
    }
  }
  return assignments;
}

std::string read_text(const std::string& path) {
  io::require_readable_file(path);
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    throw InputError(path, "", "cannot be read", "choose a config file with --config (--dump-config creates one)");
  }
  const std::string all = text.str();
  return all.starts_with("\xEF\xBB\xBF") ? all.substr(3) : all;  // a byte order mark
}

}  // namespace

const std::vector<GeneralOption>& general_options() {
  static const std::vector<GeneralOption> options = {
      {"check-input", "full|none",
       "Check of HDF5 input files. full: read each file in a separate process first, because libhdf5 crashes on some "
       "damaged files (takes tens of milliseconds); none: trust the files. Results are the same"},
      {"config", "FILE", "Config file with options; the command line takes precedence", true},
      {"describe-options", "", "Print all options as JSON, for programs that call replearn, and exit"},
      {"dump-config", "", "Print all options as a config file and exit"},
      {"help", "", "Show an example and the common options", true},
      {"help-all", "", "Show all options", true},
      {"log", "FILE",
       "File for the log: JSON, one object per line, if the name ends in .jsonl (replearn watch FILE.jsonl follows it, "
       "also on another machine), else text. A job that is resumed or repeated appends to it"},
      {"memory-limit", "SIZE",
       "Memory for all ranks of a node together, such as 500M or 16G (1024-based, as in SLURM). Default: what the node, "
       "its control group or the SLURM job has. An expression matrix that takes more than half of what is left stays on "
       "disk and is read in passes; results are the same"},
      {"progress-every", "SECONDS",
       "Interval between progress lines in the log, in seconds, if the log is not a terminal; the default is 10, in a "
       "log file in JSON 1"},
      {"quiet", "", "Print errors only: no log, progress or timings", true},
      {"timings", "FILE", "JSON file to write the timings per phase to"}};
  return options;
}

bool is_qualified(const OptionSet& set, Naming naming) {
  return naming == Naming::qualified && set.section() != "files" && set.section() != "job" && set.section() != "plan";
}

CommonOptions parse(const mpi::Communicator& comm, const Arguments& arguments, std::vector<OptionSet*> sets,
                    Naming naming, std::set<std::string>* named) {
  const Names names = names_of(sets, naming);
  auto given = parse_words(arguments, names, *sets.front());
  if (!given.common.config.empty()) {
    std::string text;
    mpi::on_root(comm, [&] { text = read_text(given.common.config); });
    text = mpi::broadcast(comm, std::move(text));
    assign(parse_config(given.common.config, text, names, sets, given.assignments, given.sections,
                        given.common.session.notes));
  }
  assign(given.assignments);
  io::set_input_check(given.common.check_input);
  if (named) *named = given.sections;
  if (!given.common.prints_options()) {
    std::vector<app::FileOption> options;
    const auto add = [&](const char* name, FileUse use, const std::string& path) {
      if (!path.empty()) options.push_back({name, std::string("--") + name, use, {path}});
    };
    add("config", FileUse::input, given.common.config);
    for (const auto* set : sets) {
      const auto files = set->files(is_qualified(*set, naming));
      options.insert(options.end(), files.begin(), files.end());
    }
    add("log", FileUse::output, given.common.session.log_file);
    add("timings", FileUse::output, given.common.session.timings);
    given.common.session.files = app::JobFiles(comm, options);
  }
  return given.common;
}

std::string help_text(const std::string& verb, const std::string& what, const std::string& example,
                      const std::vector<OptionSet*>& sets, Naming naming, bool all) {
  std::string text = "replearn " + verb + ": " + what + "\n";
  if (!example.empty()) text += "\nExample\n  " + example + "\n";
  Index hidden = 0;
  for (const auto* set : sets) {
    hidden += set->advanced_options();
    if (const auto options = set->help(is_qualified(*set, naming), all); !options.empty()) text += "\n" + options;
  }
  text += "\nGeneral options\n";
  for (const auto& option : general_options()) {
    if (!all && !option.is_common) {
      ++hidden;
      continue;
    }
    text += "  --" + option.name + (option.value_name.empty() ? "" : " " + option.value_name) + "\n" +
            wrapped(option.help, "      ", 100);
  }
  if (!all && hidden > 0) {
    text += "\n" + std::to_string(hidden) + " more options: replearn " + verb + " --help-all\n";
  }
  return text;
}

}  // namespace replearn::cli
