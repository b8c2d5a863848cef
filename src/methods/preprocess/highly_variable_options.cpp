#include "methods/preprocess/highly_variable_options.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"

namespace replearn::preprocess {

std::string flavor_name(HvgFlavor flavor) {
  switch (flavor) {
    case HvgFlavor::none:
      return "none";
    case HvgFlavor::seurat:
      return "seurat";
    case HvgFlavor::cell_ranger:
      return "cell_ranger";
    case HvgFlavor::seurat_v3:
      return "seurat_v3";
    case HvgFlavor::seurat_v3_paper:
      return "seurat_v3_paper";
    case HvgFlavor::pearson_residuals:
      return "pearson_residuals";
  }
  return "";
}

bool uses_counts(HvgFlavor flavor) {
  return flavor == HvgFlavor::seurat_v3 || flavor == HvgFlavor::seurat_v3_paper ||
         flavor == HvgFlavor::pearson_residuals;
}

void HvgOptions::validate() const {
  const auto positive = [](const char* option, double value) {
    require(value > 0 && std::isfinite(value), option, value, "choose a number greater than 0, or leave it out");
  };
  require(top_genes >= 0, "--top-genes", static_cast<double>(top_genes), "choose 0 or more, or leave it out");
  if (top_genes == 0 && uses_counts(flavor)) {
    throw InputError("", "--top-genes", "auto: " + flavor_name(flavor) + " has no cutoffs of mean and dispersion",
                     "choose the number of genes, such as 2000");
  }
  require(bins >= 1, "--n-bins", static_cast<double>(bins), "choose 1 or more; 20 is Scanpy's default");
  require(span > 0 && span <= 1, "--span", span, "choose a fraction of the genes, such as 0.3");
  positive("--theta", theta);
  require(clip >= 0 && std::isfinite(clip), "--clip", clip, "choose a number greater than 0, or auto");
  if (!(cutoffs.min_mean < cutoffs.max_mean)) {
    throw InputError("", "--min-mean",
                     fmt::format("{:g} is not below --max-mean {:g}", cutoffs.min_mean, cutoffs.max_mean),
                     "no gene lies between the two: raise --max-mean or lower --min-mean");
  }
  if (cutoffs.max_dispersion > 0 && !(cutoffs.min_dispersion < cutoffs.max_dispersion)) {
    throw InputError("", "--min-disp",
                     fmt::format("{:g} is not below --max-disp {:g}", cutoffs.min_dispersion, cutoffs.max_dispersion),
                     "no gene lies between the two: raise --max-disp or lower --min-disp");
  }
}

}  // namespace replearn::preprocess
