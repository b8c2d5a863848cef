#include "app/evaluate/figure.hpp"

#include <fmt/core.h>

#include "report/curves.hpp"

namespace replearn::app {

void draw_rank_curves(const std::string& path, const MapEvaluation& evaluation) {
  report::CurvePanel recall{"Recall of the k nearest neighbors", "k", "Q_NX", {}, false, true};
  report::CurvePanel beyond_chance{"Recall beyond chance", "k", "R_NX", {}, false, true};
  const bool estimated = evaluation.sampled_rows < evaluation.cells;
  for (std::size_t m = 0; m < evaluation.maps.size(); ++m) {
    const auto& map = evaluation.maps[m];
    const std::vector<double> sizes(map.curve.sizes.begin(), map.curve.sizes.end());
    const int color = static_cast<int>(m);
    recall.curves.push_back({fmt::format("{}: Q_local {:.3f}", map.basis, map.curve.q_local.value), sizes,
                             map.curve.q_nx, false, color});
    beyond_chance.curves.push_back(
        {fmt::format("{}: AUC {:.3f}", map.basis, map.curve.auc.value), sizes, map.curve.r_nx, false, color});
    for (const double errors : {-2.0, 2.0}) {
      if (!estimated) continue;
      auto bound = map.curve.r_nx;
      for (std::size_t at = 0; at < bound.size(); ++at) bound[at] += errors * map.curve.r_nx_errors[at];
      beyond_chance.curves.push_back({"", sizes, std::move(bound), true, color});
    }
  }
  report::CurveFigure figure;
  figure.title = fmt::format("{} cells, neighbors in {}", evaluation.cells, evaluation.reference);
  figure.panels = {std::move(recall), std::move(beyond_chance)};
  report::write_curves(path, figure);
}

}  // namespace replearn::app
