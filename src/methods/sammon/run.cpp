#include "methods/sammon/run.hpp"

#include <cmath>

#include "base/error.hpp"

namespace replearn::sammon {
namespace {

void write_name(std::vector<Index>& to, const std::string& name, Index width) {
  to.push_back(static_cast<Index>(name.size()));
  for (const char letter : name) to.push_back(static_cast<Index>(letter));
  to.push_back(width);
}

std::string read_name(const std::vector<Index>& from, std::size_t& at, Index& width) {
  std::string name;
  for (auto left = from[at++]; left > 0; --left) name.push_back(static_cast<char>(from[at++]));
  width = from[at++];
  return name;
}

}  // namespace

Run::Run(State state, const Options& options, const Log& log)
    : state_(std::move(state)), iterations_(options.iterations), log_(log) {}

void Run::note_phase() {
  if (phases_.empty() || phases_.back().first != state_.phase()) phases_.emplace_back(state_.phase(), state_.step());
}

void Run::run_until(Index step) {
  while (state_.step() < std::min(step, iterations_) && !state_.converged()) {
    note_phase();
    state_.run_until(state_.step() + 1);
  }
}

Progress Run::progress() const {
  return {state_.phase(), state_.step(), iterations_, state_.cost()};
}

NamedArrays Run::arrays() {
  const Arrays arrays = state_.arrays();
  Index columns = 0;
  for (const auto& [name, rows] : arrays.rows) columns += rows.cols();
  const Index mine = arrays.rows.at("y").rows();
  stored_rows_.resize(mine, columns);
  stored_names_ = {static_cast<Index>(arrays.rows.size()), static_cast<Index>(arrays.shared.size()),
                   static_cast<Index>(phases_.size())};
  stored_shared_.clear();
  columns = 0;
  for (const auto& [name, rows] : arrays.rows) {
    write_name(stored_names_, name, rows.cols());
    stored_rows_.middleCols(columns, rows.cols()) = rows;
    columns += rows.cols();
  }
  for (const auto& [name, values] : arrays.shared) {
    write_name(stored_names_, name, static_cast<Index>(values.size()));
    stored_shared_.insert(stored_shared_.end(), values.begin(), values.end());
  }
  for (const auto& [name, from] : phases_) write_name(stored_names_, name, from);
  return {{"rows", &stored_rows_, arrays.partition}, {"shared", &stored_shared_, {}}, {"names", &stored_names_, {}}};
}

void Run::resume() {
  Arrays arrays;
  std::size_t at = 3, value = 0;
  Index width = 0, column = 0;
  for (Index k = 0; k < stored_names_[0]; ++k) {
    const auto name = read_name(stored_names_, at, width);
    arrays.rows[name] = stored_rows_.middleCols(column, width);
    column += width;
  }
  for (Index k = 0; k < stored_names_[1]; ++k) {
    const auto name = read_name(stored_names_, at, width);
    const auto begin = stored_shared_.begin() + static_cast<std::ptrdiff_t>(value);
    arrays.shared[name].assign(begin, begin + width);
    value += static_cast<std::size_t>(width);
  }
  phases_.clear();
  for (Index k = 0; k < stored_names_[2]; ++k) {
    const auto name = read_name(stored_names_, at, width);
    phases_.emplace_back(name, width);
  }
  state_.restore(arrays);
}

Results Run::results() {
  if (!state_.converged()) {
    log_.warning(format("sammon: stopped after %ld iterations before E converged", static_cast<long>(step())));
  }
  Results results{state_.points(), state_.quality(), 0, state_.converged(), state_.history(), phases_};
  results.stress = results.quality.stress;
  if (!std::isfinite(results.stress)) {
    throw InputError("", "E", format("is %g at the end", results.stress),
                     "the range of distances may exceed float32: remove extreme outliers");
  }
  return results;
}

Results run(State state, const Options& options, const ProgressCallback& progress, const Log& log) {
  Run run(std::move(state), options, log);
  while (!run.done()) {
    run.run_until(run.step() + 1);
    if (progress) progress(run.progress());
  }
  return run.results();
}

Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress, const Log& log) {
  return run(State(comm, x, start, options, log), options, progress, log);
}

}  // namespace replearn::sammon
