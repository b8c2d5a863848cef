#pragma once
#include <string>
#include <utility>
#include <vector>

#include "app/workspace.hpp"

namespace replearn::app {

class JobForecast;

/// What a step will add to the output, known before it runs.
struct StepResults {
  std::vector<std::string> columns = {};                       ///< of obs
  std::vector<std::pair<std::string, Index>> embeddings = {};  ///< keys of obsm with their dimensions
};

/// A step of a job, with its settings. All functions are called by all ranks; run_job calls them in this order, check()
/// for every step before any of them runs.
class Step {
 public:
  explicit Step(std::string name) : name_(std::move(name)) {}
  virtual ~Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  const std::string& name() const { return name_; }

  /// Adapts the defaults to a job of several steps.
  virtual void join_run() {}
  /// Throws InputError for settings that no input allows. Local.
  virtual void validate() const {}
  /// Whether NaN in the input means missing values. Local.
  virtual bool allows_missing() const { return false; }
  /// Whether the step overwrites or drops an element of the input. Local.
  virtual bool overwrites(const std::string&) const { return false; }
  virtual StepResults results() const { return {}; }
  /// Throws InputError for settings that the input does not allow, as far as can be told before any computation.
  /// earlier: results of the steps before.
  virtual void check(Workspace&, const StepResults&) {}
  /// Throws InputError for settings that this number of cells does not allow. Local.
  virtual void check_rows(Index) const {}
  /// Tells earlier steps what this one needs, once the number of cells is known. All ranks.
  virtual void announce(Workspace&) const {}
  /// Neighbors per cell that the step searches for, of any number of cells; 0: none. Local.
  virtual Index neighbors_needed(Index) const { return 0; }
  /// Adds what the step will take, before anything is read. Local.
  virtual void forecast(JobForecast&) const {}
  /// Whether the step may drop cells.
  virtual bool changes_rows() const { return false; }
  /// Whether the step runs after the output has been written, such as drawing.
  virtual bool follows_output() const { return false; }
  /// Computes the results and stores them in the workspace. The settings become those used, with lowered defaults and
  /// "auto" resolved.
  virtual void run(Workspace& work) = 0;

 private:
  std::string name_;
};

/// The step of a settings type and its function. Settings has those of the functions above that apply.
template <class Settings>
class StepOf final : public Step {
 public:
  using Function = Settings (*)(Workspace& work, const Settings& settings);
  StepOf(std::string name, Function function) : Step(std::move(name)), function_(function) {}

  Settings settings;

  void join_run() override {
    if constexpr (requires { settings.join_run(); }) settings.join_run();
  }
  void validate() const override {
    if constexpr (requires { settings.validate(); }) settings.validate();
  }
  bool allows_missing() const override {
    if constexpr (requires { settings.allows_missing(); }) return settings.allows_missing();
    return false;
  }
  bool overwrites(const std::string& element) const override {
    if constexpr (requires { settings.overwrites(element); }) return settings.overwrites(element);
    return false;
  }
  StepResults results() const override {
    if constexpr (requires { settings.results(); }) return settings.results();
    return {};
  }
  void check(Workspace& work, const StepResults& earlier) override {
    if constexpr (requires { settings.check(work, earlier); }) settings.check(work, earlier);
  }
  void check_rows(Index rows) const override {
    if constexpr (requires { settings.check_rows(rows); }) settings.check_rows(rows);
  }
  void announce(Workspace& work) const override {
    if constexpr (requires { settings.announce(work); }) settings.announce(work);
  }
  Index neighbors_needed(Index rows) const override {
    if constexpr (requires { settings.neighbors_needed(rows); }) return settings.neighbors_needed(rows);
    return 0;
  }
  void forecast(JobForecast& job) const override {
    if constexpr (requires { settings.forecast(job); }) settings.forecast(job);
  }
  bool changes_rows() const override {
    return requires {
      Settings::changes_rows;
    };
  }
  bool follows_output() const override {
    return requires {
      Settings::follows_output;
    };
  }
  void run(Workspace& work) override { settings = function_(work, settings); }

 private:
  Function function_;
};

}  // namespace replearn::app
