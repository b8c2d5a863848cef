#include "cli/sammon_figures.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "report/density_chart.hpp"
#include "report/line_chart.hpp"

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
      report::LineChart line;
      line.title = format("Sammon's map: E = %.5f after %zu iterations", results.stress, results.history.size() - 1);
      line.x_label = "iteration";
      line.y_label = "stress E";
      line.values = results.history;
      for (const auto& [name, from] : results.phases) line.stretches.push_back({name, static_cast<double>(from)});
      report::write_line_chart(curve, line);
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
