#pragma once
#include <string>
#include <vector>

#include "data/annotations.hpp"
#include "data/value_tree.hpp"
#include "report/page.hpp"

namespace replearn::app {

/// The report of the jobs that made a file, from what it records: options, versions, ranks and times of each job
/// (uns/replearn), distributions of the quality measures in obs with the cuts of the filters, explained variance and
/// genes with the largest loadings, courses of training, quality of the maps. genes: receives the genes that it names.
/// One process.
std::vector<report::PageSection> job_report(const std::string& path, const ValueTree& uns, const Annotations& obs,
                                            const Annotations& var, std::vector<std::string>& genes);

}  // namespace replearn::app
