#include "methods/preprocess/seurat_v3.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"
#include "methods/preprocess/loess.hpp"

namespace replearn::preprocess {
namespace {

const std::string flavor_option = "--highly-variable seurat_v3";

/// Loess with its faults told in terms of genes and options.
LoessFit fit_variances(const std::vector<double>& means, const std::vector<double>& variances, double span,
                       const std::string& place) {
  try {
    return loess(means, variances, span);
  } catch (const LoessFault fault) {
    if (fault == LoessFault::few_points) {
      throw InputError(
          "", flavor_option,
          fmt::format("{} genes{} vary, too few for a regression with --span {:g}", means.size(), place, span),
          "raise --span, drop small batches, or use the flavor seurat or pearson_residuals");
    }
    throw InputError(
        "", flavor_option,
        fmt::format("more than {:g} of the {} genes{} that vary have the same mean", span, means.size(), place),
        "raise --span, drop rarely expressed genes with --min-cells or small batches, or use the flavor "
        "seurat or pearson_residuals");
  }
}

}  // namespace

ExpectedDeviations expected_deviations(const Moments& moments, const Batches& batches, double span, const Log& log) {
  ExpectedDeviations expected{std::vector<double>(moments.mean.size(), 1.0), moments.mean};
  const std::size_t genes = moments.mean.size() / batches.cells.size();
  for (std::size_t b = 0; b < batches.cells.size(); ++b) {
    std::vector<double> means, variances;
    for (std::size_t e = b * genes; e < (b + 1) * genes; ++e) {
      if (!(moments.variance[e] > 0)) continue;
      means.push_back(std::log10(moments.mean[e]));
      variances.push_back(std::log10(moments.variance[e]));
    }
    const auto place = batches.place(static_cast<Index>(b));
    const auto fit = fit_variances(means, variances, span, place);
    if (fit.singular > 0) {
      log.warning(
          fmt::format("seurat_v3: the genes{} do not determine {} of {} local regressions, the first at mean {:.3g}: "
                      "too few distinct means within --span {:g}. The smallest coefficients are used, as in R; Scanpy "
                      "refuses such data",
                      place, fit.singular, fit.vertices, std::pow(10.0, fit.singular_at), span));
    }
    const double root = std::sqrt(static_cast<double>(batches.cells[b]));
    for (std::size_t e = b * genes, at = 0; e < (b + 1) * genes; ++e) {
      if (moments.variance[e] > 0) expected.deviation[e] = std::sqrt(std::pow(10.0, fit.fitted[at++]));
      expected.clip[e] = expected.deviation[e] * root + moments.mean[e];
    }
  }
  return expected;
}

std::vector<double> standardized_variances(const Moments& moments, const ExpectedDeviations& expected,
                                           const BatchSums& clipped, const Batches& batches) {
  std::vector<double> variances;
  const std::size_t genes = moments.mean.size() / batches.cells.size();
  for (std::size_t e = 0; e < moments.mean.size(); ++e) {
    const auto n = static_cast<double>(batches.cells[e / genes]);
    const double mean = moments.mean[e], sum = clipped.first(static_cast<Index>(e));
    const double deviations = n * mean * mean + clipped.second(static_cast<Index>(e)) - 2 * sum * mean;
    const double scale = (n - 1) * expected.deviation[e] * expected.deviation[e];
    variances.push_back(1 / scale * deviations);
  }
  return variances;
}

}  // namespace replearn::preprocess
