#include "io/checkpoint/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/checkpoint/checkpoint_arrays.hpp"
#include "io/checkpoint/checkpoint_seal.hpp"
#include "io/checkpoint/checksum.hpp"
#include "io/durable.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr Index layout_version = 2;
constexpr const char* marker_name = "incarnation";
constexpr const char* made_line = "# the folder was made by this job";
constexpr const char* checksum_line = "# checksum ";

/// "12" of "<begin>12<end>", and only of that.
std::optional<Index> number_between(const std::string& text, const std::string& begin, const std::string& end) {
  if (text.size() <= begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end)) return {};
  const std::string digits = text.substr(begin.size(), text.size() - begin.size() - end.size());
  if (digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 17) return {};
  return std::stoll(digits);
}

/// Incarnation and number of "<begin>3.17<end>"; of earlier versions "<begin>3<end>".
std::optional<std::pair<Index, Index>> generation_of(const std::string& file, const std::string& begin,
                                                     const std::string& end) {
  if (const auto alone = number_between(file, begin, end)) return std::pair(*alone, Index{0});
  const auto dot = file.find('.', begin.size());
  if (dot == std::string::npos) return {};
  const auto incarnation = number_between(file.substr(0, dot + 1), begin, "."),
             number = number_between(file.substr(dot + 1), "", end);
  return incarnation && number ? std::optional(std::pair(*incarnation, *number)) : std::nullopt;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) files.push_back(entry.path().filename().string());
  return files;
}

/// Incarnation numbers found in the folder, ascending.
std::vector<Index> incarnations_in(const std::string& folder) {
  std::vector<Index> numbers;
  for (const auto& file : files_in(folder)) {
    if (const auto number = number_between(file, std::string(marker_name) + ".", "")) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Checkpoint files of one name, most recent first.
std::vector<std::string> generations_in(const std::string& folder, const std::string& begin, const std::string& end) {
  std::vector<std::pair<std::pair<Index, Index>, std::string>> found;
  for (const auto& file : files_in(folder)) {
    if (const auto generation = generation_of(file, begin, end)) found.emplace_back(*generation, file);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> files;
  for (const auto& [generation, file] : found) files.push_back(file);
  return files;
}

/// Name of an unfinished checkpoint, ".tsne.3.17.checkpoint.part". A later run recognizes it by its suffix, which no
/// other program uses.
constexpr const char* unfinished = ".checkpoint.part";

bool is_unfinished(const std::string& file) {
  if (!file.starts_with(".") || !file.ends_with(unfinished)) return false;
  const std::string stem = file.substr(0, file.size() - std::string(unfinished).size());
  const auto last = stem.rfind('.'), before = stem.rfind('.', last - 1);
  return before != std::string::npos && before > 0 && last > before + 1 &&
         generation_of(file, stem.substr(0, before + 1), unfinished).has_value();
}

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  char text[64] = "";
  std::tm local{};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", ::localtime_r(&now, &local));
  return text;
}

std::string process_identity() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  std::string text = fmt::format("process {} on {}, begun {}", ::getpid(), host, now_text());
  if (const char* job = std::getenv("SLURM_JOB_ID")) text += std::string(", SLURM job ") + job;
  return text;
}

/// Detects a full disk before HDF5 opens the file.
void make_room(const std::string& path, Index bytes) {
  if (!std::ofstream(path)) throw SystemError(path + ": cannot be written");
  reserve(path, bytes);
}

// --- conditions that must match

std::vector<std::string> names_of(const Conditions& conditions) {
  std::vector<std::string> names;
  for (const auto& condition : conditions) names.push_back(condition.name);
  return names;
}

std::vector<std::string> values_of(const Conditions& conditions) {
  std::vector<std::string> values;
  for (const auto& condition : conditions) values.push_back(condition.value);
  return values;
}

/// Describes up to three differences ("tsne.perplexity is 30 and was 50"); empty if all conditions match.
std::string differences(const Conditions& now, const std::vector<std::string>& names,
                        const std::vector<std::string>& values) {
  std::map<std::string, std::string> then;
  for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) then[names[i]] = values[i];
  std::vector<std::string> found;
  const auto shown = [](const std::string& value) { return value.empty() ? std::string("empty") : value; };
  for (const auto& [name, value, where] : now) {
    const auto at = then.find(name);
    const std::string what = name + (where.empty() ? "" : " (" + where + ")") + " is " + shown(value);
    if (at == then.end())
      found.push_back(what + " and was not set");
    else if (at->second != value)
      found.push_back(what + " and was " + shown(at->second));
    then.erase(name);
  }
  for (const auto& [name, value] : then) found.push_back(name + " is not set and was " + shown(value));
  std::string text;
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i) text += (i ? ", " : "") + found[i];
  if (found.size() > most) text += fmt::format(", and {} more", found.size() - most);
  return text;
}

/// The marker of an incarnation.
struct Marker {
  Conditions conditions;
  bool made_folder = false;
};

/// Empty if the marker is incomplete (its writer died early) or damaged; the checkpoints store the conditions as well.
std::optional<Marker> read_marker(const std::string& path) {
  std::ifstream file(path);
  std::string line, text;
  if (!std::getline(file, line)) return {};
  text = line + "\n";
  Marker marker;
  while (std::getline(file, line)) {
    if (line.starts_with(checksum_line)) {
      if (line != checksum_line + fmt::format("{:016x}", checksum_of(text.data(), text.size()))) return {};
      return marker;
    }
    text += line + "\n";
    marker.made_folder = marker.made_folder || line == made_line;
    const auto equals = line.find(" = ");
    if (equals != std::string::npos) marker.conditions.push_back({line.substr(0, equals), line.substr(equals + 3)});
  }
  return {};
}

/// One line per condition in the marker.
Conditions in_one_line_each(Conditions conditions) {
  for (auto& condition : conditions) {
    for (auto* text : {&condition.name, &condition.value}) {
      for (auto at = text->find('\n'); at != std::string::npos; at = text->find('\n', at)) text->replace(at, 1, "\\n");
    }
  }
  return conditions;
}

}  // namespace

CheckpointFolder::CheckpointFolder(const mpi::Communicator& comm, const std::string& path, Conditions conditions,
                                   const Log& log)
    : comm_(comm), path_(path), conditions_(in_one_line_each(std::move(conditions))), log_(log) {
  mpi::on_root(comm, [&] { claim(); });
  incarnation_ = mpi::broadcast(comm, incarnation_);
}

CheckpointFolder::~CheckpointFolder() {
  if (!first_) return;
  std::error_code failed;
  const std::string own = std::string(marker_name) + "." + std::to_string(incarnation_);
  for (const auto& file : files_in(path_)) {
    if (number_between(file, std::string(marker_name) + ".", "") && file != own) return;  // taken over
    if (file.ends_with(".h5") && ends_with_seal(path_ + "/" + file)) return;
  }
  fs::remove(path_ + "/" + own, failed);
  if (made_) fs::remove(path_, failed);
}

std::string CheckpointFolder::hint() const {
  return "give the same options and input, name another folder, or remove " + path_ + " to start afresh";
}

void CheckpointFolder::claim() {
  const auto marker_of = [&](Index number) { return path_ + "/" + marker_name + "." + std::to_string(number); };
  std::error_code failed;
  made_ = fs::create_directories(path_, failed);
  const auto earlier = incarnations_in(path_);
  if (!earlier.empty()) {
    const auto then = read_marker(marker_of(earlier.back()));
    if (!then)
      log_.warning(marker_of(earlier.back()) + ": is incomplete; the conditions are read from the checkpoints");
    const auto differing =
        then ? differences(conditions_, names_of(then->conditions), values_of(then->conditions)) : "";
    if (!differing.empty())
      throw InputError(path_, "--checkpoint", "is the folder of another job: " + differing, hint());
    made_ = then && then->made_folder;
  }
  incarnation_ = earlier.empty() ? 1 : earlier.back() + 1;
  first_ = earlier.empty();
  write_marker();
  for (const Index number : earlier) fs::remove(marker_of(number), failed);
  for (const auto& file : files_in(path_)) {
    if (is_unfinished(file)) fs::remove(path_ + "/" + file, failed);
  }
}

void CheckpointFolder::write_marker() {
  int file = -1;
  do {  // O_EXCL: if two runs start at once, one gets this number and the other the next
    file = ::open((path_ + "/" + marker_name + "." + std::to_string(incarnation_)).c_str(), O_CREAT | O_EXCL | O_WRONLY,
                  0644);
  } while (file < 0 && errno == EEXIST && ++incarnation_ > 0);
  std::string text = process_identity() + "\n";
  if (made_) text += std::string(made_line) + "\n";
  for (const auto& condition : conditions_) text += condition.name + " = " + condition.value + "\n";
  text += checksum_line + fmt::format("{:016x}\n", checksum_of(text.data(), text.size()));
  const bool ok = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (ok) return;
  std::error_code ignored;
  if (made_) fs::remove(path_, ignored);
  throw InputError(path_, "--checkpoint", "the folder cannot be written to",
                   "name another folder, or make room on its disk");
}

std::string CheckpointFolder::takeover_reason() const {
  const auto numbers = incarnations_in(path_);
  if (numbers.empty() || numbers.back() <= incarnation_) return "";
  return path_ + ": taken over by " + first_line_of(path_ + "/" + marker_name + "." + std::to_string(numbers.back())) +
         "; this run ends and leaves everything to that one. Two jobs need a --checkpoint folder each";
}

void CheckpointFolder::require_claim_on_root() const {
  if (const auto text = takeover_reason(); !text.empty()) throw SystemError(text);
}

void CheckpointFolder::require_claim() const {
  const auto text = mpi::broadcast(comm_, comm_.is_root() ? takeover_reason() : std::string());
  if (!text.empty()) throw Superseded(text);
}

bool CheckpointFolder::holds_on_root(const std::string& file) const {
  std::error_code failed;
  return fs::exists(path_ + "/" + file, failed);
}

bool CheckpointFolder::holds(const std::string& file) const {
  return mpi::broadcast(comm_, comm_.is_root() && holds_on_root(file));
}

void CheckpointFolder::remove(const std::string& file) const {
  std::error_code failed;
  if (comm_.is_root()) fs::remove(path_ + "/" + file, failed);
}

std::vector<RowsInFile> CheckpointFolder::write_all_but_rows(const std::string& path, Index step,
                                                             const NamedArrays& arrays) const {
  constexpr Index slack = Index{1} << 16;
  const Index bytes = bytes_of_arrays(arrays) + slack;
  make_room(path, bytes);
  auto file = Hdf5File::create(path);
  reserve(path, bytes);
  auto places = make_arrays(file, arrays);
  file.set_attribute("/", "replearn checkpoint", std::vector<Index>{layout_version});
  file.set_attribute("/", "step", std::vector<Index>{step});
  file.set_attribute("/", "condition names", names_of(conditions_));
  file.set_attribute("/", "condition values", values_of(conditions_));
  file.set_attribute("/", "written", now_text() + fmt::format(" on {} ranks", comm_.size()));
  file.close();
  return places;
}

void CheckpointFolder::write_temporary(const std::string& temporary, Index step, const NamedArrays& arrays) const {
  CheckpointSeal seal;
  mpi::on_root(comm_, [&] { seal.matrices = write_all_but_rows(temporary, step, arrays); });
  seal.matrices = mpi::broadcast(comm_, std::move(seal.matrices));
  // Rows are written to their offsets without HDF5, since MPI-IO does not recover from a full or lost disk.
  std::vector<std::vector<std::uint64_t>> mine;
  mpi::run_collectively(comm_, [&] {
    PositionalWriter file(temporary);
    mine = write_my_rows(file, arrays, comm_.rank(), seal.matrices);
    file.synchronize();
  });
  for (const auto& checksums : mine) seal.blocks.push_back(mpi::gather_v(comm_, checksums));
  mpi::on_root(comm_, [&] { append_seal(temporary, seal); });
  // The new file is read back from disk before the previous one is discarded.
  const auto damage = find_damage(comm_, temporary, true);
  if (!damage.empty()) throw SystemError(temporary + ": was not written correctly: " + damage);
}

std::vector<std::string> CheckpointFolder::checkpoints_of(const std::string& name) const {
  return generations_in(path_, name + ".", ".h5");
}

bool CheckpointFolder::is_removable(const std::string& checkpoint) const {
  return made_ || ends_with_seal(path_ + "/" + checkpoint);
}

void CheckpointFolder::save(const std::string& name, Index step, const NamedArrays& arrays) {
  // Each attempt gets a new name, since HDF5 may still hold the file of a failed attempt.
  const std::string temporary = fmt::format("{}/.{}.{}.{}{}", path_, name, incarnation_, ++attempts_, unfinished);
  std::error_code ignored;
  names_.insert(name);
  try {
    write_temporary(temporary, step, arrays);
    require_claim();
    mpi::on_root(comm_, [&] {
      Index number = 1;
      for (const auto& file : checkpoints_of(name)) {
        const auto generation = generation_of(file, name + ".", ".h5");
        if (generation->first == incarnation_) number = std::max(number, generation->second + 1);
      }
      commit(temporary, path_ + fmt::format("/{}.{}.{}.h5", name, incarnation_, number));
    });
  } catch (...) {
    if (comm_.is_root()) fs::remove(temporary, ignored);
    throw;
  }
  if (!comm_.is_root()) return;
  constexpr std::size_t kept = 2;
  auto files = checkpoints_of(name);
  std::erase_if(files, [&](const std::string& file) { return !is_removable(file); });
  for (std::size_t i = kept; i < files.size(); ++i) fs::remove(path_ + "/" + files[i], ignored);
}

Index CheckpointFolder::read_step(const std::string& path) const {
  try {
    const auto file = Hdf5File::open(path);
    if (file.index_attribute("/", "replearn checkpoint").at(0) != layout_version)
      throw InputError(path, "", "is a checkpoint of another version of replearn", hint());
    const auto differing = differences(conditions_, file.strings_attribute("/", "condition names"),
                                       file.strings_attribute("/", "condition values"));
    if (!differing.empty()) throw InputError(path, "", "is a checkpoint of another job: " + differing, hint());
    return file.index_attribute("/", "step").at(0);
  } catch (const InputError& error) {
    throw InputError(path, error.place(), error.problem(), hint());
  }
}

std::optional<Index> CheckpointFolder::load(const std::string& name, const NamedArrays& arrays) {
  names_.insert(name);
  const auto files = mpi::broadcast(comm_, comm_.is_root() ? checkpoints_of(name) : std::vector<std::string>{});
  for (const auto& each : files) {
    const std::string path = path_ + "/" + each;
    const auto damage = find_damage(comm_, path, false);
    if (!damage.empty()) {
      log_.warning(path + ": the checkpoint is damaged and will be skipped: " + damage);
      std::error_code ignored;
      if (comm_.is_root() && is_removable(each)) fs::rename(path, path + ".damaged", ignored);
      continue;
    }
    Index step = 0;
    mpi::on_root(comm_, [&] { step = read_step(path); });
    const auto file = Hdf5File::open(comm_, path);
    mpi::run_collectively(comm_, [&] { read_arrays(file, arrays, comm_.rank()); });
    return mpi::broadcast(comm_, step);
  }
  if (!files.empty())
    log_.warning(path_ + ": no valid checkpoint of " + name + " remains: it starts from the beginning");
  return {};
}

void CheckpointFolder::discard() {
  if (!comm_.is_root()) return;
  std::error_code ignored;
  for (const auto& name : names_) {
    for (const auto& file : checkpoints_of(name)) {
      if (is_removable(file)) fs::remove(path_ + "/" + file, ignored);
    }
    for (const auto& file : generations_in(path_, name + ".", ".h5.damaged")) {
      if (is_removable(file)) fs::remove(path_ + "/" + file, ignored);
    }
  }
  for (const Index number : incarnations_in(path_)) {
    fs::remove(path_ + "/" + marker_name + "." + std::to_string(number), ignored);
  }
  if (made_) fs::remove(path_, ignored);
}

}  // namespace replearn::io
