#include "app/plot/charts.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <map>

#include "app/plot/page_report.hpp"
#include "io/anndata/dictionary.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"

namespace replearn::app {
namespace {

using report::Curve;
using report::CurvePanel;
using SectionKind = report::PageSection::Kind;

constexpr Index max_charted_values = 100'000;

CurvePanel panel_of(const report::PageSection& section) {
  CurvePanel panel{section.title, section.x_label, section.y_label, {}};
  panel.marks = section.marks;
  panel.from_zero = section.kind == SectionKind::lines;
  for (const auto& series : section.series) {
    const bool several = section.series.size() > 1;
    Curve curve{several ? series.name : "", series.x, series.y};
    if (section.kind == SectionKind::histogram) {
      curve.style = Curve::Style::bars;
      curve.color = several && panel.curves.empty() ? Curve::gray : 0;
    }
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

/// Columns of var as numbers, NaN where missing; empty if there is no such column.
std::vector<double> column_of(const Annotations& var, const std::string& name) {
  std::vector<double> result;
  if (const auto* column = var.find(name)) {
    std::visit(
        [&](const auto& values) {
          using T = std::decay_t<decltype(values)>;
          if constexpr (!std::is_same_v<T, Categorical> && !std::is_same_v<T, std::vector<std::string>> &&
                        !std::is_same_v<T, Flags>) {
            result.assign(values.begin(), values.end());
          }
        },
        *column);
  }
  return result;
}

/// Dispersion over mean of the genes with the highly variable ones in color, in var's columns of any flavor.
void add_variable_genes(std::map<std::string, report::CurveFigure>& figures, const Annotations& var) {
  const auto* found = var.find("highly_variable");
  const auto* chosen = found ? std::get_if<Flags>(found) : nullptr;
  const auto means = column_of(var, "means");
  if (!chosen || means.size() != chosen->values.size()) return;
  const std::pair<const char*, const char*> measures[] = {{"dispersions", "dispersion"},
                                                          {"dispersions_norm", "normalized dispersion"},
                                                          {"variances", "variance"},
                                                          {"variances_norm", "normalized variance"},
                                                          {"residual_variances", "residual variance"}};
  for (const auto& [name, label] : measures) {
    const auto values = column_of(var, name);
    if (values.size() != means.size()) continue;
    CurvePanel panel{label, "mean", "", {}};
    for (const bool variable : {false, true}) {
      Curve curve{variable ? "highly variable" : "other genes", {}, {}};
      curve.style = Curve::Style::dots;
      curve.color = variable ? 0 : Curve::gray;
      for (std::size_t j = 0; j < means.size(); ++j) {
        if ((chosen->values[j] != 0) != variable || !std::isfinite(means[j]) || !std::isfinite(values[j])) continue;
        curve.x.push_back(means[j]);
        curve.y.push_back(values[j]);
      }
      panel.curves.push_back(std::move(curve));
    }
    figures["Variable genes"].panels.push_back(std::move(panel));
  }
}

}  // namespace

void write_charts(Workspace& work, const PlotSettings& settings, const std::string& folder) {
  const std::string source = work.output_path().empty() ? work.input_path() : work.output_path();
  if (!source.ends_with(".h5ad")) return;
  work.obs();
  Annotations var = work.var();
  for (const auto& [name, values] : work.tables().var.columns) {
    if (length(values) == var.size()) var.set(name, values);
  }
  std::vector<std::string> written;
  mpi::on_root(work.comm(), [&] {
    const auto uns = io::read_dictionary(source, "uns", max_charted_values);
    std::map<std::string, report::CurveFigure> figures;
    std::vector<std::string> genes;
    for (const auto& section : job_report(source, uns, work.obs(), var, genes)) {
      if (section.kind == SectionKind::lines || section.kind == SectionKind::histogram) {
        figures[section.chapter].panels.push_back(panel_of(section));
      }
    }
    add_variable_genes(figures, var);
    for (auto& [chapter, figure] : figures) {
      figure.title = chapter;
      std::string name = chapter;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : '_';
      const std::string path = (std::filesystem::path(folder) / (name + "." + settings.format)).string();
      work.session().files.require_free(path);
      report::write_curves(path, figure, settings.figure.dots_per_inch);
      written.push_back(path);
    }
  });
  for (const auto& path : mpi::broadcast(work.comm(), written)) work.session().log.line("wrote " + path);
}

}  // namespace replearn::app
