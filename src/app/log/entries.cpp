#include "app/log/entries.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace replearn::app {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int log_format = 1;
constexpr std::pair<Outcome, const char*> outcome_names[] = {
    {Outcome::done, "done"}, {Outcome::stopped, "stopped"}, {Outcome::error, "error"}};

/// Six significant digits: the log is for looking at, and grows with every look.
ordered_json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0) return 0;
  const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) && scale != 0 ? std::round(value * scale) / scale : value;
}

struct ToJson {
  ordered_json& line;

  void operator()(const LogStart& start) const {
    line["event"] = "start";
    line["format"] = log_format;
    line["version"] = start.program.version;
    line["commit"] = start.program.commit;
    line["build"] = start.program.build;
    line["verb"] = start.program.verb;
    line["command"] = start.program.command;
    line["directory"] = start.directory;
    line["ranks"] = start.ranks;
    line["hosts"] = ordered_json::array();
    for (const auto& host : start.hosts) line["hosts"].push_back({{"name", host.name}, {"ranks", host.ranks}});
    line["process"] = start.process;
  }
  void operator()(const LogPhase& begun) const {
    line["event"] = "phase";
    line["phase"] = begun.phase;
  }
  void operator()(const LogProgress& now) const {
    line["event"] = "progress";
    line["phase"] = now.phase;
    if (!now.stage.empty()) line["stage"] = now.stage;
    line["step"] = now.step;
    line["steps"] = now.steps;
    line["loss_name"] = now.loss_name;
    line["loss"] = std::isfinite(now.loss) ? ordered_json(now.loss) : ordered_json(nullptr);
    line["rate"] = rounded(now.rate);
    line["memory"] = static_cast<Index>(now.memory);
    line["seconds_left"] = rounded(now.seconds_left);
  }
  void operator()(const LogMessage& message) const {
    line["event"] = message.is_warning ? "warning" : "message";
    line["text"] = message.text;
  }
  void operator()(const LogAlive& alive) const {
    line["event"] = "alive";
    line["memory"] = static_cast<Index>(alive.memory);
  }
  void operator()(const LogEnd& end) const {
    line["event"] = "end";
    for (const auto& [outcome, name] : outcome_names) {
      if (outcome == end.outcome) line["outcome"] = name;
    }
    line["message"] = end.message;
    line["exit_code"] = end.exit_code;
    line["ranks"] = end.phases.ranks;
    line["phases_of"] = end.all_ranks ? "all ranks" : "rank 0";
    line["peak_memory"] = {{"largest", static_cast<Index>(end.phases.peak_memory_largest)},
                           {"mean", static_cast<Index>(end.phases.peak_memory_mean)}};
    line["phases"] = ordered_json::array();
    for (const auto& row : end.phases.rows) {
      line["phases"].push_back({{"name", row.name},
                                {"seconds_slowest", rounded(row.slowest)},
                                {"seconds_mean", rounded(row.mean)},
                                {"seconds_in_mpi", rounded(row.in_mpi)},
                                {"bytes_sent_per_rank", static_cast<Index>(row.bytes_sent)},
                                {"bytes_to_other_nodes_per_rank", static_cast<Index>(row.bytes_between_nodes)},
                                {"mpi_calls_per_rank", static_cast<Index>(row.calls)}});
    }
    line["figures"] = ordered_json::object();
    for (const auto& figure : end.phases.figures) line["figures"][figure.name] = rounded(figure.value);
  }
};

/// Fields of an object; a field that is missing or has another type leaves the default.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string text(const char* name) const {
    const auto* field = find(name);
    return field && field->is_string() ? field->get<std::string>() : std::string();
  }
  double number(const char* name) const {
    const auto* field = find(name);
    return field && field->is_number() ? field->get<double>() : std::numeric_limits<double>::quiet_NaN();
  }
  /// 0 if missing or out of range.
  Index whole(const char* name) const {
    const double value = number(name);
    return std::abs(value) < 9e18 ? static_cast<Index>(value) : 0;
  }
  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> all;
    for (const auto& entry : array(name)) {
      if (entry.is_string()) all.push_back(entry.get<std::string>());
    }
    return all;
  }
  json object(const char* name) const {
    const auto* field = find(name);
    return field && field->is_object() ? *field : json::object();
  }
  json array(const char* name) const {
    const auto* field = find(name);
    return field && field->is_array() ? *field : json::array();
  }

 private:
  const json* find(const char* name) const {
    const auto at = object_.find(name);
    return at == object_.end() ? nullptr : &*at;
  }
  const json& object_;
};

LogStart start_of(const Fields& fields) {
  LogStart start;
  start.program = {fields.text("version"), fields.text("commit"), fields.text("build"), fields.text("verb"),
                   fields.texts("command")};
  start.ranks = static_cast<int>(fields.whole("ranks"));
  for (const auto& host : fields.array("hosts")) {
    if (!host.is_object()) continue;
    start.hosts.push_back({Fields(host).text("name"), static_cast<int>(Fields(host).whole("ranks"))});
  }
  start.directory = fields.text("directory");
  start.process = static_cast<long>(fields.whole("process"));
  return start;
}

LogProgress progress_of(const Fields& fields) {
  return {fields.text("phase"),  fields.text("stage"), fields.whole("step"),    fields.whole("steps"),
          fields.text("loss_name"), fields.number("loss"), fields.number("rate"), fields.number("memory"),
          fields.number("seconds_left")};
}

LogEnd end_of(const Fields& fields) {
  LogEnd end{Outcome::error, fields.text("message"), static_cast<int>(fields.whole("exit_code")),
             PhaseTable::Summary{{}, 0, 0, static_cast<int>(fields.whole("ranks")), {}, {}},
             fields.text("phases_of") != "rank 0"};
  for (const auto& [outcome, name] : outcome_names) {
    if (fields.text("outcome") == name) end.outcome = outcome;
  }
  const json memory = fields.object("peak_memory");
  end.phases.peak_memory_largest = Fields(memory).number("largest");
  end.phases.peak_memory_mean = Fields(memory).number("mean");
  for (const auto& entry : fields.array("phases")) {
    if (!entry.is_object()) continue;
    const Fields row(entry);
    end.phases.rows.push_back({row.text("name"), row.number("seconds_slowest"), row.number("seconds_mean"),
                               row.number("seconds_in_mpi"), row.number("bytes_sent_per_rank"),
                               row.number("bytes_to_other_nodes_per_rank"), row.number("mpi_calls_per_rank")});
  }
  return end;
}

}  // namespace

std::string json_line(const LogEntry& entry) {
  ordered_json line;
  line["event"] = nullptr;  // first in the line
  line["time"] = entry.at.time;
  line["seconds"] = std::round(1000 * entry.at.seconds) / 1000;
  std::visit(ToJson{line}, entry.what);
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<LogEntry> entry_of(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return {};
  const Fields fields(object);
  LogEntry entry{{fields.text("time"), fields.number("seconds")}, LogMessage{}};
  const std::string event = fields.text("event");
  if (event == "start")
    entry.what = start_of(fields);
  else if (event == "phase")
    entry.what = LogPhase{fields.text("phase")};
  else if (event == "progress")
    entry.what = progress_of(fields);
  else if (event == "message" || event == "warning")
    entry.what = LogMessage{fields.text("text"), event == "warning"};
  else if (event == "alive")
    entry.what = LogAlive{fields.number("memory")};
  else if (event == "end")
    entry.what = end_of(fields);
  else
    return {};
  return entry;
}

}  // namespace replearn::app
