#pragma once
#include <string>
#include <utility>
#include <vector>

#include "app/factorize/factorize.hpp"

/// Hyperparameter sweep of factorize.
namespace replearn::app {

/// each: one option varies at a time; grid: all combinations.
enum class SweepMode { each, grid };

struct SweepSettings {
  std::vector<std::string> vary = {"weight-decay: 0 1e-5 1e-4 1e-3", "dropout: 0 0.1 0.3 0.5",
                                   "learning-rate: 3e-4 1e-3 3e-3 1e-2", "hidden: 250;75;50;25;10 100;50;50 32;16"};
  SweepMode mode = SweepMode::each;
  Index task = -1;
  std::string folder, figure;
};

/// An option and its values.
struct SweepAxis {
  std::string option;
  std::vector<std::string> values;
};

struct SweepRun {
  std::vector<std::string> values;  ///< for each axis; "" for the value of the config
  std::string label;
  FactorizeSettings settings;                                ///< with these values
  std::vector<std::pair<std::string, std::string>> options;  ///< all training options, which identify the run
};

/// Parses "NAME: VALUE VALUE...". Throws InputError naming --vary. Local.
std::vector<SweepAxis> sweep_axes(const std::vector<std::string>& vary);
/// The runs, without their settings and options. Local.
std::vector<SweepRun> sweep_runs(const std::vector<SweepAxis>& axes, SweepMode mode);
/// Trains the runs that are not finished yet and, once all are, writes the output and its figure. All ranks. Throws
/// InputError.
void run_sweep(Session& session, FileSettings files, const SweepSettings& settings, const std::vector<SweepAxis>& axes,
               const std::vector<SweepRun>& runs);

}  // namespace replearn::app
