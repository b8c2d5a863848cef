#pragma once
#include <string>

#include "app/plot/plot.hpp"

namespace replearn::app {

/// Writes the charts of the job's report (see job_report) as figures, one per chapter: FOLDER/cells_and_genes.<format>,
/// principal_components, convergence, training_of_<method>, quality_of_the_maps; and variable_genes, dispersion over mean
/// with the highly variable genes. What the file does not record is left out. All ranks.
void write_charts(Workspace& work, const PlotSettings& settings, const std::string& folder);

}  // namespace replearn::app
