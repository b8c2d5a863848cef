#include "app/sammon/figures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"
#include "report/density_chart.hpp"

namespace replearn::app {

void draw_sammon(Workspace& work, const std::string& folder, const sammon::Results& results,
                 const sammon::ShepardCounts& shepard) {
  namespace fs = std::filesystem;
  const std::string curve = (fs::path(folder) / "sammon_stress.png").string(),
                    plane = (fs::path(folder) / "sammon_shepard.png").string();
  create_folder(work.comm(), "--figures", folder);
  work.session().phases.measure("plot", [&] {
    mpi::on_root(work.comm(), [&] {
      for (const auto& path : {curve, plane}) work.session().files.require_free(path);
      report::CurveFigure figure;
      figure.title = fmt::format("Sammon map: E = {:.5f}, {} iterations", results.stress, results.history.size() - 1);
      report::CurvePanel panel{"", "iteration", "stress E", {}, true};
      for (std::size_t k = 0; k < results.phases.size(); ++k) {
        const auto& [name, from] = results.phases[k];
        const auto begin = static_cast<std::size_t>(from);
        const auto end = k + 1 < results.phases.size() ? static_cast<std::size_t>(results.phases[k + 1].second)
                                                       : results.history.size() - 1;
        auto at = std::find_if(panel.curves.begin(), panel.curves.end(),
                               [&](const report::Curve& known) { return known.name == name; });
        if (at == panel.curves.end()) at = panel.curves.insert(at, report::Curve{name, {}, {}, false, -1});
        at->x.push_back(static_cast<double>(begin));  // a gap where a phase begins again
        at->y.push_back(std::numeric_limits<double>::quiet_NaN());
        for (std::size_t step = begin; step <= end; ++step) {
          at->x.push_back(static_cast<double>(step));
          at->y.push_back(results.history[step]);
        }
      }
      figure.panels.push_back(std::move(panel));
      report::write_curves(curve, figure);
      if (shepard.bins == 0) return;
      report::DensityChart density;
      density.title = fmt::format("Shepard diagram: {} pairs, E = {:.5f}", shepard.pairs, results.stress);
      density.x_label = "given distance";
      density.y_label = "distance in the map";
      density.x_to = shepard.given_to;
      density.y_to = shepard.map_to;
      density.bins = shepard.bins;
      density.counts = shepard.counts;
      density.diagonal = true;
      report::write_density_chart(plane, density);
    });
  });
  work.session().log.line("wrote " + curve + (shepard.bins == 0 ? "" : " and " + plane));
}

}  // namespace replearn::app
