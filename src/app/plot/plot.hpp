#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/step.hpp"
#include "report/scatter.hpp"

namespace replearn::app {

struct PlotSettings {
  std::vector<std::string> basis, color;
  std::string folder, format = "png";
  bool names = false;
  bool panels = false;  ///< all maps and colors in one figure
  bool charts = false;  ///< the charts of the report as figures
  std::string pairs;  ///< a file; empty: none
  std::string vmin, vmax;  ///< ends of the color scale of numbers: a number, a percentile ("p99"), or empty
  report::FigureOptions figure = {.width_inches = 0, .height_inches = 0};  ///< a size of 0: see sized_figure()
  std::string page;                 ///< an .html file; "auto": named after the output; empty: none
  std::optional<Index> page_genes;  ///< number of variable genes on the page; not set: as many as keep it small
  Index page_cells = 3'000'000;     ///< at most as many cells on the page
  std::vector<std::string> page_basis;  ///< keys on the page; empty: all. Set by check() to a basis that the user gave

  static constexpr bool follows_output = true;
  /// A run writes a page beside its output.
  void join_run() { page = "auto"; }
  void validate() const;
  /// The options of a figure, or of a panel, with the size that is not given.
  report::FigureOptions sized_figure() const;
  /// Throws before any work if a color, a key to draw or the file of pairs does not exist. Without a basis, a job of
  /// several steps draws what it computes. All ranks.
  void check(Workspace& work, const StepResults& earlier);
  void forecast(JobForecast& job) const;  ///< see Step
};

/// Writes FOLDER/<basis>_<color>.<format> for each combination; without a basis, for every X_ key. With panels, one figure
/// of all combinations: a row per color if there are several keys. Then, if requested,
/// the page. All ranks.
PlotSettings plot_step(Workspace& work, const PlotSettings& settings);

}  // namespace replearn::app
