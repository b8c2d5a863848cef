#include "cli/sammon_figures.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"
#include "report/density_chart.hpp"

namespace replearn::cli {

void draw_sammon(Workspace& work, const std::string& folder, const sammon::Results& results,
                 const sammon::ShepardCounts& shepard) {
  namespace fs = std::filesystem;
  const std::string curve = (fs::path(folder) / "sammon_stress.png").string(),
                    plane = (fs::path(folder) / "sammon_shepard.png").string();
  work.session().phases.measure("plot", [&] {
    mpi::on_root(work.comm(), [&] {
      std::error_code error;
      fs::create_directories(folder, error);
      if (error) throw InputError(folder, "", "cannot be made: " + error.message(), "name another --figures");
      report::CurveFigure figure;
      figure.title = format("Sammon's map: E = %.5f after %zu iterations", results.stress, results.history.size() - 1);
      report::CurvePanel panel{"", "iteration", "stress E", {}, true};
      for (std::size_t k = 0; k < results.phases.size(); ++k) {
        const auto begin = static_cast<std::size_t>(results.phases[k].second);
        const auto end = k + 1 < results.phases.size() ? static_cast<std::size_t>(results.phases[k + 1].second)
                                                       : results.history.size() - 1;
        report::Curve stretch;
        stretch.name = results.phases[k].first;
        for (std::size_t step = begin; step <= end; ++step) {
          stretch.x.push_back(static_cast<double>(step));
          stretch.y.push_back(results.history[step]);
        }
        panel.curves.push_back(std::move(stretch));
      }
      figure.panels.push_back(std::move(panel));
      report::write_curves(curve, figure);
      if (shepard.bins == 0) return;
      report::DensityChart density;
      density.title = format("%.3g pairs, E = %.5f", static_cast<double>(shepard.pairs), results.stress);
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
  work.session().log.line("drew " + curve + (shepard.bins == 0 ? "" : " and " + plane));
}

}  // namespace replearn::cli
