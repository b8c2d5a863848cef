#include "app/plot/page_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/plot/page.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace replearn::app {
namespace {

using report::PageSection;
using Kind = PageSection::Kind;
using Sections = std::vector<PageSection>;

const ValueTree* subtree(const ValueTree* tree, const std::string& name) {
  const auto* value = tree ? tree->find(name) : nullptr;
  const auto* below = value ? std::get_if<std::shared_ptr<ValueTree>>(value) : nullptr;
  return below ? below->get() : nullptr;
}

/// The numbers of an array, or a single one; empty for anything else.
std::vector<double> numbers(const Value* value) {
  if (!value) return {};
  return std::visit(
      [](const auto& held) -> std::vector<double> {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_arithmetic_v<T>) {
          return {static_cast<double>(held)};
        } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::vector<std::string>> ||
                             std::is_same_v<T, std::shared_ptr<ValueTree>>) {
          return {};
        } else {
          return std::vector<double>(held.begin(), held.end());
        }
      },
      *value);
}

std::vector<double> numbers_of(const ValueTree* tree, const std::string& name) {
  return numbers(tree ? tree->find(name) : nullptr);
}

std::string value_text(const Value& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, bool>) {
          return held ? "yes" : "no";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return held;
        } else if constexpr (std::is_arithmetic_v<T>) {
          return fmt::format("{}", held);
        } else if constexpr (std::is_same_v<T, std::shared_ptr<ValueTree>>) {
          return "";
        } else {
          std::string text;
          for (std::size_t i = 0; i < held.size() && i < 20; ++i) text += (i ? ", " : "") + fmt::format("{}", held[i]);
          return held.size() > 20 ? text + fmt::format(" … ({} values)", held.size()) : text;
        }
      },
      value);
}

/// Jobs recorded in the file: version, ranks, time per phase, options.
void add_jobs(Sections& sections, const ValueTree& uns) {
  const auto* jobs = subtree(&uns, "replearn");
  if (!jobs) return;
  for (const auto& [verb, unused] : jobs->entries) {
    const auto* job = subtree(jobs, verb);
    if (!job) continue;
    PageSection summary{Kind::table, "Jobs", "replearn " + verb};
    for (const char* name : {"version", "ranks", "failed_step"}) {
      if (const auto* value = job->find(name)) summary.rows.push_back({name, value_text(*value)});
    }
    PageSection times{Kind::bars, "Jobs", "Time per phase"};
    times.note = "Seconds of the slowest rank, until the output was written";
    times.y_label = "s";
    if (const auto* timings = subtree(job, "timings")) {
      double total = 0;
      report::PageSeries series;
      for (const auto& [phase, value] : timings->entries) {
        const auto seconds = numbers(&value);
        if (seconds.size() != 1) continue;
        total += seconds[0];
        series.name = "seconds";
        times.rows.push_back({phase});
        series.y.push_back(seconds[0]);
      }
      times.series.push_back(std::move(series));
      summary.rows.push_back({"time", duration_text(total)});
    }
    PageSection options{Kind::table, "Jobs", "Options of replearn " + verb};
    options.folded = true;
    if (const auto* groups = subtree(job, "options")) {
      for (const auto& [section, none] : groups->entries) {
        const auto* group = subtree(groups, section);
        if (!group) continue;
        for (const auto& [name, value] : group->entries) {
          const auto text = value_text(value);
          if (!text.empty()) options.rows.push_back({section + "." + name, text});
        }
      }
    }
    sections.push_back(std::move(summary));
    if (!times.rows.empty()) sections.push_back(std::move(times));
    if (!options.rows.empty()) sections.push_back(std::move(options));
  }
}

std::vector<double> finite_numbers(const Column& column) {
  std::vector<double> result;
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (!std::is_same_v<T, Categorical> && !std::is_same_v<T, std::vector<std::string>> &&
                      !std::is_same_v<T, Flags>) {
          for (const auto value : values) {
            if (std::isfinite(static_cast<double>(value))) result.push_back(static_cast<double>(value));
          }
        }
      },
      column);
  return result;
}

/// A histogram of 60 bins from the smallest to the largest value.
report::PageSeries histogram(const std::string& name, const std::vector<double>& values) {
  report::PageSeries series{name, {}, {}};
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  constexpr int bins = 60;
  const double width = (*max - *min) / bins;
  series.y.assign(bins, 0);
  for (int b = 0; b <= bins; ++b) series.x.push_back(*min + b * width);
  for (const double value : values) {
    ++series.y[std::min<std::size_t>(bins - 1, static_cast<std::size_t>((value - *min) / width))];
  }
  return series;
}

/// Size of the data, and distributions of the quality measures with the cuts of the filters.
void add_quality(Sections& sections, const ValueTree& uns, const Annotations& obs, const Annotations& var) {
  const std::string chapter = "Cells and genes";
  const auto* jobs = subtree(&uns, "replearn");
  const ValueTree *filters = nullptr, *options = nullptr;
  for (const char* verb : {"run", "preprocess"}) {
    if (filters) break;
    filters = subtree(subtree(jobs, verb), "filters");
    options = subtree(subtree(subtree(jobs, verb), "options"), "preprocess");
  }
  const auto number = [](const ValueTree* tree, const std::string& name) {
    const auto found = numbers_of(tree, name);
    return found.size() == 1 ? found[0] : 0;
  };

  PageSection size{Kind::table, chapter, "Size of the data"};
  size.rows = {{"cells", fmt::format("{}", obs.size())}, {"genes", fmt::format("{}", var.size())}};
  if (filters) {
    size.header = {"", "kept", "before the filters"};
    size.rows[0].push_back(fmt::format("{:.0f}", number(subtree(filters, "cells"), "before")));
    size.rows[1].push_back(fmt::format("{:.0f}", number(subtree(filters, "genes"), "before")));
  }
  if (const auto* column = var.find("highly_variable")) {
    if (const auto* flags = std::get_if<Flags>(column)) {
      const auto chosen = std::count_if(flags->values.begin(), flags->values.end(), [](auto flag) { return flag != 0; });
      size.rows.push_back({"highly variable genes", fmt::format("{}", chosen)});
    }
  }
  sections.push_back(std::move(size));

  // The cells before and after the filters, as recorded when they were applied; else those of the file.
  const auto add = [&](const std::string& name, const std::string& title, const std::string& cut, double scale = 1) {
    PageSection chart{Kind::histogram, chapter, title};
    chart.x_label = name;
    chart.y_label = "cells";
    if (const auto* bins = subtree(filters, name)) {
      const auto edges = numbers_of(bins, "edges"), before = numbers_of(bins, "before"), kept = numbers_of(bins, "kept");
      if (edges.size() != before.size() + 1 || before.size() != kept.size() || kept.empty()) return;
      chart.series = {{"dropped", edges, before}, {"kept", edges, kept}};
      chart.note = "The last bar includes all larger values";
      if (const double at = scale * number(options, cut); at > edges.front() && at < edges.back()) {
        chart.marks.emplace_back("--" + cut, at);
      }
    } else {
      const auto* column = obs.find(name);
      const auto values = column ? finite_numbers(*column) : std::vector<double>();
      if (values.empty() || std::ranges::min(values) == std::ranges::max(values)) return;
      chart.series.push_back(histogram(name, values));
    }
    sections.push_back(std::move(chart));
  };
  add("total_counts", "Counts per cell", "min-counts");
  add("n_counts", "Counts per cell", "");
  add("n_genes_by_counts", "Genes per cell", "min-genes");
  add("n_genes", "Genes per cell", "");
  for (const auto& name : obs.column_names()) {
    if (name.starts_with("pct_counts_") && !name.starts_with("pct_counts_in_top")) {
      add(name, "Percentage of counts from " + name.substr(11) + " genes", "max-fraction", 100);
    }
  }
  add("percent_mito", "Mitochondrial share of counts", "");

  for (const char* name : {"total_counts", "mean_counts", "means"}) {
    const auto* column = var.find(name);
    const auto values = column ? finite_numbers(*column) : std::vector<double>();
    if (values.empty() || values.size() != var.names.size()) continue;
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto shown = std::min<std::size_t>(20, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                      [&](auto a, auto b) { return values[a] > values[b]; });
    PageSection chart{Kind::bars, chapter, "Highest expressed genes"};
    chart.y_label = name;
    report::PageSeries series{name, {}, {}};
    for (std::size_t k = 0; k < shown; ++k) {
      chart.rows.push_back({var.names[order[k]]});
      series.y.push_back(values[order[k]]);
    }
    chart.series.push_back(std::move(series));
    sections.push_back(std::move(chart));
    break;
  }
}

/// Explained variance, and for the first components the genes with the largest loadings of both signs.
void add_components(Sections& sections, const std::string& path, const ValueTree& uns, const Annotations& var,
                    std::vector<std::string>& genes) {
  const std::string chapter = "Principal components";
  const auto ratio = numbers_of(subtree(&uns, "pca"), "variance_ratio");
  if (ratio.size() > 1) {
    PageSection scree{Kind::lines, chapter, "Explained variance"};
    scree.x_label = "component";
    scree.y_label = "% of the variance";
    report::PageSeries each{"of the component", {}, {}}, sum{"cumulative", {}, {}};
    double total = 0;
    for (std::size_t k = 0; k < ratio.size(); ++k) {
      total += 100 * ratio[k];
      each.x.push_back(static_cast<double>(k + 1));
      sum.x.push_back(static_cast<double>(k + 1));
      each.y.push_back(100 * ratio[k]);
      sum.y.push_back(total);
    }
    scree.series = {std::move(each), std::move(sum)};
    sections.push_back(std::move(scree));
  }
  const auto file = io::Hdf5File::open(path);
  if (!file.is_dataset("varm/PCs")) return;
  const auto extent = file.shape("varm/PCs").extent;
  if (extent.size() != 2 || extent[0] != var.size() || extent[1] < 1) return;
  const auto loadings = file.read<double>("varm/PCs");
  PageSection table{Kind::table, chapter, "Genes with the largest loadings"};
  table.note = "A click colors the maps by the gene, if the page has its values";
  table.header = {"component", "positive", "negative"};
  constexpr Index shown_components = 10, shown_genes = 6, colored_components = 5, colored_genes = 3;
  for (Index k = 0; k < std::min(extent[1], shown_components); ++k) {
    const auto loading = [&](Index j) { return loadings[j * extent[1] + k]; };
    std::vector<Index> order(extent[0]);
    std::iota(order.begin(), order.end(), Index{0});
    const Index shown = std::min(shown_genes, extent[0]);
    std::vector<std::string> row = {fmt::format("PC {}", k + 1)};
    for (const double sign : {1.0, -1.0}) {
      std::partial_sort(order.begin(), order.begin() + shown, order.end(),
                        [&](auto a, auto b) { return sign * loading(a) > sign * loading(b); });
      std::string names;
      for (Index g = 0; g < shown && sign * loading(order[g]) > 0; ++g) {
        names += (g ? "\n" : "") + var.names[order[g]];
        if (k < colored_components && g < colored_genes) genes.push_back(var.names[order[g]]);
      }
      row.push_back(names);
    }
    table.rows.push_back(std::move(row));
  }
  sections.push_back(std::move(table));
}

PageSection chart_of(const std::string& chapter, const std::string& title, const std::string& x, const std::string& y) {
  PageSection chart{Kind::lines, chapter, title};
  chart.x_label = x;
  chart.y_label = y;
  return chart;
}

/// Values over steps; nothing if there are fewer than two.
void add_line(PageSection& chart, const std::string& name, std::vector<double> x, std::vector<double> y) {
  if (y.size() < 2) return;
  if (x.size() != y.size()) {
    x.resize(y.size());
    std::iota(x.begin(), x.end(), 0.0);
  }
  chart.series.push_back({name, std::move(x), std::move(y)});
}

void add_chart(Sections& sections, PageSection chart) {
  if (!chart.series.empty()) sections.push_back(std::move(chart));
}

/// The course of the iterative methods: KL divergence, stress, losses.
void add_courses(Sections& sections, const ValueTree& uns) {
  if (const auto* tsne = subtree(&uns, "tsne")) {
    auto chart = chart_of("Convergence", "KL divergence of t-SNE", "iteration", "KL divergence");
    add_line(chart, "KL divergence", numbers_of(tsne, "kl_iterations"), numbers_of(tsne, "kl_history"));
    for (const char* verb : {"tsne", "run"}) {
      const auto* options = subtree(subtree(subtree(subtree(&uns, "replearn"), verb), "options"), "tsne");
      const auto early = numbers_of(options, "early-exaggeration-iterations");
      if (!chart.marks.empty() || early.size() != 1 || !(early[0] > 0)) continue;
      chart.marks.emplace_back("end of early exaggeration", early[0]);
    }
    const auto final_value = numbers_of(tsne, "kl_divergence");
    if (final_value.size() == 1) chart.note = fmt::format("{:.4g} at the end", final_value[0]);
    add_chart(sections, std::move(chart));
  }
  if (const auto* sammon = subtree(&uns, "sammon")) {
    auto chart = chart_of("Convergence", "Stress of the Sammon map", "iteration", "stress");
    add_line(chart, "stress", {}, numbers_of(sammon, "stress_history"));
    const auto final_value = numbers_of(sammon, "stress");
    if (final_value.size() == 1) chart.note = fmt::format("{:.4g} at the end", final_value[0]);
    add_chart(sections, std::move(chart));
  }
  if (const auto losses = numbers_of(subtree(subtree(&uns, "replearn"), "word2vec"), "losses"); losses.size() > 1) {
    auto chart = chart_of("Training of word2vec", "Loss", "epoch", "loss per pair of words");
    std::vector<double> epochs(losses.size());
    std::iota(epochs.begin(), epochs.end(), 1.0);
    add_line(chart, "loss", std::move(epochs), losses);
    add_chart(sections, std::move(chart));
  }
  for (const char* method : {"factorize", "vae", "bigan"}) {
    const auto* curves = subtree(subtree(&uns, method), "curves");
    if (!curves) continue;
    const auto steps = numbers_of(curves, "step");
    for (const auto& [name, value] : curves->entries) {
      if (name == "step" || name.starts_with("held_out_")) continue;
      std::string title = name;
      std::ranges::replace(title, '_', ' ');
      auto chart = chart_of("Training of " + std::string(method), title, "step", title);
      add_line(chart, title, steps, numbers(&value));
      const auto held_out = numbers_of(curves, "held_out_" + (name == "training_loss" ? std::string("loss") : name));
      if (held_out.size() == steps.size()) add_line(chart, "held-out", steps, held_out);
      add_chart(sections, std::move(chart));
    }
  }
}

/// Adds a line to the chart of this title, which is made if it does not exist yet.
void add_measure(Sections& charts, const std::string& measure, const std::string& map, std::vector<double> k,
                 std::vector<double> values) {
  std::string title = measure == "r_nx" ? "R_NX" : measure == "q_nx" ? "Q_NX" : measure;
  if (title == measure) std::ranges::replace(title, '_', ' ');
  auto chart = std::ranges::find_if(charts, [&](const auto& each) { return each.title == title; });
  if (chart == charts.end()) {
    charts.push_back(chart_of("Quality of the maps", title, k.size() == values.size() ? "neighbors" : "", title));
    chart = charts.end() - 1;
  }
  add_line(*chart, map, std::move(k), std::move(values));
}

/// Scores of the maps: a table of single numbers, a row each and a column per map; a chart of each that is measured for
/// several numbers of neighbors.
void add_evaluation(Sections& sections, const ValueTree& uns) {
  const auto* evaluation = subtree(&uns, "evaluate");
  const auto* params = subtree(evaluation, "params");
  if (!evaluation || !params) return;
  Sections charts;
  PageSection table{Kind::table, "Quality of the maps", "Scores"};
  if (const auto* reference = params->find("reference")) table.note = "Beside " + value_text(*reference);
  table.header = {"score"};
  std::vector<const ValueTree*> maps;
  for (const auto& [basis, none] : evaluation->entries) {
    const auto* scores = basis == "params" || basis == "clusters" || basis == "pairs" ? nullptr : subtree(evaluation, basis);
    if (!scores) continue;
    maps.push_back(scores);
    table.header.push_back(map_title(basis));
    for (const auto& [measure, value] : scores->entries) {
      const auto values = numbers(&value);
      const bool for_neighbors = measure == "recall" || measure == "label_accuracy";
      if (for_neighbors) add_measure(charts, measure, map_title(basis), numbers_of(params, "neighbors"), values);
      if (!for_neighbors && values.size() > 1) {
        add_measure(charts, measure, map_title(basis), numbers_of(params, "rank_neighbors"), values);
      }
    }
    if (const auto* curve = subtree(scores, "curve")) {
      add_measure(charts, "r_nx", map_title(basis), numbers_of(curve, "k"), numbers_of(curve, "r_nx"));
    }
  }
  if (maps.empty()) return;
  for (const auto& [measure, value] : maps.front()->entries) {
    if (numbers(&value).size() != 1 || measure.ends_with("_error")) continue;
    std::vector<std::string> row = {measure};
    for (const auto* scores : maps) {
      const auto score = numbers_of(scores, measure);
      const auto error = numbers_of(scores, measure + "_error");
      row.push_back(score.size() != 1 ? "" : fmt::format("{:.4g}", score[0]));
      if (error.size() == 1) row.back() += fmt::format(" ± {:.1g}", error[0]);
    }
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) sections.push_back(std::move(table));
  for (auto& chart : charts) add_chart(sections, std::move(chart));
}

}  // namespace

std::vector<report::PageSection> job_report(const std::string& path, const ValueTree& uns, const Annotations& obs,
                                            const Annotations& var, std::vector<std::string>& genes) {
  Sections sections;
  add_quality(sections, uns, obs, var);
  add_components(sections, path, uns, var, genes);
  add_courses(sections, uns);
  add_evaluation(sections, uns);
  add_jobs(sections, uns);
  return sections;
}

}  // namespace replearn::app
