#include "app/plot/plot.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet plot_options(PlotSettings& settings) {
  OptionSet set("plot", "Figures");
  set.add("color", settings.color, "obs columns or genes to color by, one figure each (see --panels). Empty: a single color")
      .add("basis", settings.basis,
           "obsm keys to plot. Empty: every key that starts with X_ and has at least two columns")
      .add("panels", settings.panels,
           "One figure with a panel for each map and color: a column per map and a row per color, or up to four panels "
           "per row if there is a single map")
      .add("charts", settings.charts,
           "Also draw what the file records of its jobs: distributions of counts, genes and mitochondrial share with the "
           "cuts of the filters, dispersion of genes, scree plot, KL divergence, stress and losses")
      .add("names", settings.names, "Label each point with its name; for up to a few hundred points")
      .add("pairs", settings.pairs,
           "File with two names per line, each drawn as an arrow from the first to the second; without --color, the "
           "two sides get different colors, named by a first line ': NAME NAME'")
      .reads_file()
      .add("folder", settings.folder, "Folder for figures; empty: the folder of the output (or of the input)")
      .writes_into_folder()
      .add("format", settings.format, "File format of figures: png, svg or pdf")
      .add("page", settings.page,
           "HTML file with all maps, linked, and the report of the job, to be opened in a browser; auto: named after the "
           "output, or the input of plot")
      .writes_file({".html"})
      .accepts({"auto"})
      .add("page-genes", settings.page_genes,
           "Number of genes on the page besides those of --color, the most variable first; auto: up to 200 and 8 million "
           "values")
      .between(0, 100000)
      .add("page-cells", settings.page_cells,
           "Maximum number of cells on the page; of more, a random sample in which each category of the first color is "
           "represented")
      .between(100, 20000000)
      .add("vmin", settings.vmin,
           "Lower end of the color scale of numbers and genes: a number or a percentile (p1); auto: the minimum")
      .add("vmax", settings.vmax,
           "Upper end of the color scale: a number or a percentile (p99); auto: p99 for genes, for other numbers the "
           "maximum or, if that is far off, p99")
      .add("point-size", settings.figure.point_size,
           "Point diameter in points (1/72 inch); auto: chosen by the number of cells")
      .between(0, 1000)
      .add("opacity", settings.figure.opacity, "Point opacity, from 0 to 1; auto: chosen by the number of cells")
      .between(0, 1)
      .add("width", settings.figure.width_inches, "Width of a figure or panel in inches; auto: 7, or as wide as a panel and its legend need")
      .between(0, 100)
      .add("height", settings.figure.height_inches, "Height of a figure or panel in inches; auto: 5.5, or 3.6 for panels")
      .between(0, 100)
      .add("dpi", settings.figure.dots_per_inch, "Resolution of PNG figures, in dots per inch")
      .between(10, 2400);
  set.show_common({"color", "basis", "panels", "page", "folder", "format", "point-size", "opacity"})
      .show_zero_as("auto", {"point-size", "opacity", "width", "height"})
      .show_empty_as("auto", {"basis", "folder", "vmin", "vmax"});
  return set;
}

}  // namespace replearn::cli
