#pragma once
#include <string>
#include <vector>

#include "app/step.hpp"
#include "report/scatter.hpp"

namespace replearn::app {

struct PlotSettings {
  std::vector<std::string> basis, color;
  std::string folder, format = "png";
  bool names = false;
  std::string pairs;  ///< a file; empty: none
  report::FigureOptions figure;

  static constexpr bool follows_output = true;
  void validate() const;
  /// Throws before any work if a color, a key to draw or the file of pairs does not exist. Without a basis, a job of
  /// several steps draws what it computes. All ranks.
  void check(Workspace& work, const StepResults& earlier);
};

/// Writes FOLDER/<basis>_<color>.<format> for each combination; without a basis, for every X_ key. All ranks.
PlotSettings plot_step(Workspace& work, const PlotSettings& settings);

}  // namespace replearn::app
