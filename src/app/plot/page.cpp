#include "app/plot/page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>

#include "app/plot/page_report.hpp"
#include "app/plot/page_shepard.hpp"
#include "app/plot/stored_style.hpp"
#include "base/random.hpp"
#include "io/anndata/dictionary.hpp"
#include "mpi/collectives.hpp"
#include "report/page.hpp"

namespace replearn::app {
namespace {

/// Codes of categories have 16 bits.
constexpr std::size_t max_page_categories = 65534;
/// Entries of uns with more values are not part of a report.
constexpr Index max_reported_values = 100'000;

/// The first two coordinates of a representation on root; empty elsewhere.
report::PageMap page_map(Workspace& work, const std::string& key) {
  report::PageMap map{key, map_title(key), map_axis(key, 1), map_axis(key, 2), {}, {}};
  const auto& points = work.representation(key);
  std::vector<float> x(points.local_rows()), y(points.local_rows());
  for (Index i = 0; i < points.local_rows(); ++i) {
    x[i] = points.local(i, 0);
    y[i] = points.local(i, 1);
  }
  map.x = mpi::gather_v(work.comm(), x);
  map.y = mpi::gather_v(work.comm(), y);
  return map;
}

/// A column of obs; without values if it has too many categories to color by.
report::PageColumn page_column(const std::string& name, const Column& column) {
  report::PageColumn result{name};
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          result.categories = values;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          result.categories = to_categorical(values);
        } else if constexpr (std::is_same_v<T, Flags>) {
          result.categories.categories = {"no", "yes"};
          for (const auto value : values.values) result.categories.codes.push_back(value ? 1 : 0);
        } else {
          result.values.assign(values.begin(), values.end());
          result.whole_numbers = std::ranges::all_of(
              values, [](auto value) { return std::isnan(static_cast<double>(value)) || value == std::floor(value); });
        }
      },
      column);
  if (result.categories.categories.size() > max_page_categories) result.categories = {};
  return result;
}

/// Columns with a name per cell say nothing on a map.
bool is_shown(const report::PageColumn& column) {
  const auto cells = column.categories.codes.size(), categories = column.categories.categories.size();
  return !column.values.empty() || (cells > 0 && (categories < 1000 || categories < cells / 2));
}

/// Cells of a sample, ascending: of each group the same fraction at random, but at least 200 cells. groups: a code per
/// cell, -1 for none; empty: a single group.
std::vector<std::size_t> stratified_sample(std::size_t cells, Index wanted, const std::vector<std::int32_t>& groups) {
  std::vector<std::vector<std::size_t>> members(1);
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t group = groups.empty() ? 0 : static_cast<std::size_t>(groups[i] + 1);
    if (group >= members.size()) members.resize(group + 1);
    members[group].push_back(i);
  }
  const double fraction = static_cast<double>(wanted) / static_cast<double>(cells);
  const auto fewest = std::min<double>(200, static_cast<double>(wanted) / static_cast<double>(members.size()));
  std::vector<std::size_t> sample;
  for (auto& group : members) {
    const double share = std::max(fraction * static_cast<double>(group.size()), fewest);
    const auto kept = std::min(group.size(), static_cast<std::size_t>(std::lround(share)));
    std::vector<std::pair<double, std::size_t>> keys;
    for (const auto i : group) keys.emplace_back(RandomStream(0, Purpose::page_sample, i).uniform(), i);
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(kept), keys.end());
    for (std::size_t k = 0; k < kept; ++k) sample.push_back(keys[k].second);
  }
  std::sort(sample.begin(), sample.end());
  return sample;
}

template <class T>
void keep_only(std::vector<T>& values, const std::vector<std::size_t>& sample) {
  if (values.empty()) return;
  std::vector<T> kept;
  kept.reserve(sample.size());
  for (const auto i : sample) kept.push_back(std::move(values[i]));
  values = std::move(kept);
}

/// Reduces the page to a sample of its cells.
void reduce(report::Page& page, Index max_cells) {
  if (static_cast<Index>(page.names.size()) <= max_cells) return;
  std::vector<std::int32_t> groups;
  for (const auto& column : page.columns) {
    if (column.name == page.color) groups = column.categories.codes;
  }
  const auto sample = stratified_sample(page.names.size(), max_cells, groups);
  keep_only(page.names, sample);
  for (auto& map : page.maps) {
    keep_only(map.x, sample);
    keep_only(map.y, sample);
  }
  for (auto* columns : {&page.columns, &page.genes}) {
    for (auto& column : *columns) {
      keep_only(column.categories.codes, sample);
      keep_only(column.values, sample);
    }
  }
}

/// var with the columns of the input and those added by this job; on root. All ranks.
Annotations var_of_job(Workspace& work) {
  Annotations var = work.var();
  for (const auto& [name, values] : work.tables().var.columns) {
    if (length(values) == var.size()) var.set(name, values);
  }
  return var;
}

/// All genes, if they are few. All ranks.
std::vector<std::string> few_genes(Workspace& work, Index most) {
  std::vector<std::string> names;
  if (work.comm().is_root() && work.var().size() <= most) names = work.var().names;
  return mpi::broadcast(work.comm(), names);
}

/// Names of the highly variable genes, the most variable first, as far as var says so. All ranks.
std::vector<std::string> variable_genes(Workspace& work) {
  const auto mask = work.highly_variable();
  std::vector<std::string> names;
  const auto var = var_of_job(work);
  mpi::on_root(work.comm(), [&] {
    if (mask.size() != var.names.size()) return;
    std::vector<std::size_t> order;
    for (std::size_t j = 0; j < mask.size(); ++j) {
      if (mask[j]) order.push_back(j);
    }
    for (const char* measure : {"residual_variances", "variances_norm", "dispersions_norm"}) {
      const auto* column = var.find(measure);
      if (!column) continue;
      const auto values = page_column(measure, *column).values;
      if (values.size() != mask.size()) continue;
      const auto value = [&](std::size_t j) { return std::isnan(values[j]) ? -1e30f : values[j]; };
      std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return value(a) > value(b); });
      break;
    }
    for (const auto j : order) names.push_back(var.names[j]);
  });
  return mpi::broadcast(work.comm(), names);
}

/// Genes to color by: those of --color, then variable ones and those of the report, as many as fit.
std::vector<std::string> page_genes(Workspace& work, const PlotSettings& settings,
                                    const std::vector<std::string>& reported) {
  constexpr Index max_genes = 200, max_values = 8'000'000;
  const Index limit =
      settings.page_genes ? *settings.page_genes : std::min(max_genes, max_values / std::max<Index>(1, work.rows()));
  std::vector<std::string> genes;
  std::set<std::string> known;
  const auto add = [&](const std::vector<std::string>& names, std::size_t most) {
    for (const auto& name : names) {
      if (genes.size() < most && known.insert(name).second) genes.push_back(name);
    }
  };
  add(settings.color, settings.color.size());
  const auto most = genes.size() + static_cast<std::size_t>(limit);
  if (limit > 0) {
    add(variable_genes(work), most - std::min<std::size_t>(reported.size(), static_cast<std::size_t>(limit) / 2));
    add(reported, most);
    add(few_genes(work, limit), most);
  }
  return genes;
}

}  // namespace

void write_map_page(Workspace& work, const PlotSettings& settings, const std::vector<std::string>& bases) {
  const auto& comm = work.comm();
  report::Page page;
  for (const auto& key : bases) page.maps.push_back(page_map(work, key));

  const std::string source = work.output_path().empty() ? work.input_path() : work.output_path();
  const bool has_record = source.ends_with(".h5ad");
  ValueTree uns;
  std::vector<std::string> reported;
  work.obs();
  const auto var = var_of_job(work);
  mpi::on_root(comm, [&] {
    if (has_record) {
      uns = io::read_dictionary(source, "uns", max_reported_values);
      page.report = job_report(source, uns, work.obs(), var, reported);
    }
  });
  const auto diagrams = shepard_diagrams(work, bases);
  const auto jobs = std::ranges::find(page.report, "Jobs", &report::PageSection::chapter);
  page.report.insert(jobs, diagrams.begin(), diagrams.end());
  reported = mpi::broadcast(comm, reported);
  auto genes = work.genes(page_genes(work, settings, reported));

  mpi::on_root(comm, [&] {
    page.title = std::filesystem::path(source).stem().string();
    page.version = REPLEARN_VERSION;
    page.names = work.obs().names;
    page.cells = static_cast<long long>(page.names.size());
    page.genes_in_data = static_cast<long long>(var.names.size());
    if (!settings.color.empty()) page.color = settings.color.front();
    for (const auto& [name, values] : work.obs().columns) {
      auto column = page_column(name, values);
      if (!is_shown(column)) continue;
      for (const auto& color : stored_colors(uns, name, column.categories.categories.size())) {
        column.colors.push_back(fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue));
      }
      page.columns.push_back(std::move(column));
    }
    for (auto& [name, values] : genes) page.genes.push_back({name, {}, {}, std::move(values), false});
    reduce(page, settings.page_cells);
    report::write_page(settings.page, page);
  });
}

}  // namespace replearn::app
