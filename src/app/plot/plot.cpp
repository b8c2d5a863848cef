#include "app/plot/plot.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "app/figure_path.hpp"
#include "app/plot/charts.hpp"
#include "app/plot/page.hpp"
#include "app/plot/stored_style.hpp"
#include "base/error.hpp"
#include "io/anndata/dictionary.hpp"
#include "io/text/questions.hpp"
#include "mpi/collectives.hpp"
#include "report/fonts.hpp"

namespace replearn::app {
std::string map_title(const std::string& key) {
  if (key == "X_tsne") return "t-SNE";
  if (key == "X_pca") return "PCA";
  if (key == "X_sammon") return "Sammon map";
  if (key == "X_umap") return "UMAP";
  if (key == "X_factorize") return "Factorized embeddings";
  return key.starts_with("X_") ? key.substr(2) : key;
}

std::string map_axis(const std::string& key, int axis) {
  const std::string short_name = key == "X_tsne"        ? "tSNE"
                                 : key == "X_pca"       ? "PC"
                                 : key == "X_sammon"    ? "Sammon"
                                 : key == "X_factorize" ? "FE"
                                                        : map_title(key);
  return short_name + " " + std::to_string(axis);
}

namespace {

/// Letters that are safe in a file name.
std::string safe_name(std::string name) {
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
  }
  return name;
}

/// The names of the maps and colors of a figure, "pca-tsne_CD3D"; their numbers if there are many.
std::string file_name(const std::vector<std::string>& keys, const std::vector<std::string>& colors,
                      const std::string& format) {
  constexpr std::size_t longest = 120;
  std::string maps, by;
  for (const auto& key : keys) maps += (maps.empty() ? "" : "-") + (key.starts_with("X_") ? key.substr(2) : key);
  for (const auto& color : colors) by += (by.empty() ? "" : "-") + color;
  if (keys.size() > 1 && maps.size() > longest) maps = std::to_string(keys.size()) + "_maps";
  if (colors.size() > 1 && by.size() > longest) by = std::to_string(colors.size()) + "_colors";
  return safe_name(maps + (by.empty() ? "" : "_" + by)) + "." + format;
}

/// Panels side by side: a column per map, or of a single map a few per row.
std::size_t columns_of_panels(std::size_t maps, std::size_t colors) {
  if (maps > 1) return maps;
  return colors <= 4 ? colors : colors <= 6 ? 3 : 4;
}

/// Sets the colors of a scatter plot from an obs column. Root.
void color_by(report::Scatter& scatter, const Column& column) {
  std::visit(
      [&](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          scatter.categories = values;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          scatter.categories = to_categorical(values);
        } else if constexpr (std::is_same_v<T, Flags>) {
          scatter.categories.categories = {"no", "yes"};
          for (const auto value : values.values) scatter.categories.codes.push_back(value ? 1 : 0);
        } else {
          scatter.values.assign(values.begin(), values.end());
        }
      },
      column);
}

/// uns of the output or, without one, the input; empty if that is not an .h5ad. Root.
ValueTree uns_of_files(Workspace& work) {
  constexpr Index max_values = 10'000;  // colors and variances
  const std::string source = work.output_path().empty() ? work.input_path() : work.output_path();
  return source.ends_with(".h5ad") ? io::read_dictionary(source, "uns", max_values) : ValueTree{};
}

/// "n = 1,000,000".
std::string count_note(std::size_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return "n = " + digits;
}

/// Adds an arrow per pair of the file and, if nothing else defines the colors, colors the two sides. Pairs with unknown
/// names cause a warning, or an error if no pair is left. Root.
void add_pairs(report::Scatter& scatter, const std::string& path, const std::vector<std::string>& names,
               const Log& log) {
  const auto read = io::read_word_pairs(path, log);
  std::unordered_map<std::string_view, std::size_t> place_of;
  for (std::size_t i = 0; i < names.size(); ++i) place_of.emplace(names[i], i);
  std::string missing;
  std::size_t missed = 0;
  for (const auto& [first, second] : read.pairs) {
    const auto from = place_of.find(first), to = place_of.find(second);
    if (from != place_of.end() && to != place_of.end()) {
      scatter.pairs.emplace_back(from->second, to->second);
    } else {
      ++missed;
      if (missing.empty()) missing = from == place_of.end() ? first : second;
    }
  }
  if (scatter.pairs.empty()) {
    throw InputError(path, "'" + missing + "'", "none of the pairs has both names in the data",
                     suggest(missing, names));
  }
  if (missed > 0) {
    log.warning(
        fmt::format("{} of the pairs are missing from the data; the first missing name is '{}'", missed, missing));
  }
  if (!scatter.categories.codes.empty() || !scatter.values.empty()) return;
  scatter.categories.categories = {read.first_side, read.second_side};
  scatter.categories.codes.assign(names.size(), -1);
  for (const auto& [from, to] : scatter.pairs) {
    scatter.categories.codes[from] = 0;
    scatter.categories.codes[to] = 1;
  }
}

/// Throws InputError for a key that neither exists nor will be computed, or has only one column.
void check_basis(Workspace& work, const PlotSettings& settings, const StepResults& earlier) {
  auto keys = work.embedding_keys();
  for (const auto& [key, dimensions] : earlier.embeddings) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  if (!earlier.embeddings.empty()) keys.push_back("X_pca");  // computed by the steps that need it
  for (const auto& key : settings.basis) {
    if (key == "X" || key == "auto") continue;
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      throw InputError(work.input_path(), "obsm/" + key, "no such key", suggest(key, keys));
    for (const auto& [added, dimensions] : earlier.embeddings) {
      if (added == key && dimensions < 2)
        throw InputError("", "--plot.basis", key + " will have only one dimension", "a figure needs two");
    }
  }
}

/// Keys that can be drawn; if none can, all, so that the error is reported.
std::vector<std::string> plottable_keys(const StepResults& results) {
  std::vector<std::string> all, plottable;
  for (const auto& [key, dimensions] : results.embeddings) {
    all.push_back(key);
    if (dimensions >= 2) plottable.push_back(key);
  }
  return plottable.empty() ? all : plottable;
}

/// Keys of the file and of this job that have two dimensions to draw. All ranks.
std::vector<std::string> all_keys(Workspace& work) {
  std::vector<std::string> keys;
  for (const auto& key : work.embedding_keys()) {
    if (key.starts_with("X_") && work.embedding(key)->columns() >= 2) keys.push_back(key);
  }
  return keys;
}

bool is_column(Workspace& work, const std::string& color) {
  return mpi::broadcast(work.comm(), work.obs().find(color) != nullptr);
}

}  // namespace

void PlotSettings::validate() const {
  constexpr double max_pixels_per_side = 32767, max_pixels = 3e8;  // cairo's limit; 1.2 GB
  const auto size = sized_figure();
  for (const auto& [option, inches] : {std::pair{"--width", figure.width_inches}, std::pair{"--height", figure.height_inches}}) {
    if (inches > 0 && inches < 0.5) {
      throw InputError("", option, fmt::format("{:g} inches are too few for a figure", inches), "give at least 0.5");
    }
  }
  const double wide = size.width_inches * size.dots_per_inch, high = size.height_inches * size.dots_per_inch;
  if (format == "png" && (wide > max_pixels_per_side || high > max_pixels_per_side || wide * high > max_pixels)) {
    throw InputError("", "--dpi", fmt::format("{:.0f} x {:.0f} dots exceed the maximum figure size", wide, high),
                     "choose a smaller figure or fewer dots, or --format pdf");
  }
  check_figure_format(format);
  const auto lower = report::parse_color_limit("--vmin", vmin), upper = report::parse_color_limit("--vmax", vmax);
  const bool both_numbers = lower.number && upper.number, both_percentiles = lower.percentile && upper.percentile;
  if ((both_numbers && *lower.number >= *upper.number) || (both_percentiles && *lower.percentile >= *upper.percentile)) {
    throw InputError("", "--vmax", "'" + vmax + "' is not above --vmin, '" + vmin + "'", "choose a wider range");
  }
}

report::FigureOptions PlotSettings::sized_figure() const {
  report::FigureOptions sized = figure;
  if (!(sized.width_inches > 0)) sized.width_inches = panels ? 0 : 7;  // 0: as wide as necessary
  if (!(sized.height_inches > 0)) sized.height_inches = panels ? 3.6 : 5.5;
  return sized;
}

void PlotSettings::check(Workspace& work, const StepResults& earlier) {
  namespace fs = std::filesystem;
  page_basis = basis;
  if (basis.empty()) basis = plottable_keys(earlier);
  check_basis(work, *this, earlier);
  mpi::on_root(work.comm(), [&] {
    if (!pairs.empty()) io::read_word_pairs(pairs);
  });
  if (page == "auto") {
    const fs::path named = work.output_path().empty() ? work.input_path() : work.output_path();
    page = named.empty() ? "" : fs::path(named).replace_extension(".html").string();
    if (!page.empty()) work.session().files.add_output(work.comm(), "--plot.page", page, {".html"});
  }
  for (const auto& each : color) {
    if (std::find(earlier.columns.begin(), earlier.columns.end(), each) != earlier.columns.end()) continue;
    if (is_column(work, each) || work.has_gene(each)) continue;
    mpi::on_root(work.comm(), [&] {
      const auto columns = work.obs().column_names();
      const auto& genes = work.tables().var.names;
      auto near = nearest_name(each, columns);
      if (near.empty()) near = nearest_name(each, genes);
      throw InputError(work.input_path(), "'" + each + "'", "neither an obs column nor a gene",
                       near.empty() ? suggest(each, columns) : "did you mean '" + near + "'?");
    });
  }
}

PlotSettings plot_step(Workspace& work, const PlotSettings& settings) {
  namespace fs = std::filesystem;
  auto& session = work.session();
  const auto& comm = work.comm();
  const auto bases = settings.basis.empty() ? all_keys(work) : settings.basis;
  if (bases.empty())
    throw InputError(work.input_path(), "obsm", "no embedding to draw", "run pca, sammon or tsne first");
  const auto beside = fs::path(work.output_path().empty() ? work.input_path() : work.output_path()).parent_path();
  const fs::path folder = settings.folder.empty() ? beside : fs::path(settings.folder);
  create_folder(comm, "--folder", folder.string());
  if (comm.is_root() && !report::has_fonts()) {
    session.log.warning("this machine has no fonts: PNG and PDF figures show boxes for text; install DejaVu Sans, or use SVG");
  }
  ValueTree uns;
  mpi::on_root(comm, [&] { uns = uns_of_files(work); });
  auto colors = settings.color;
  if (colors.empty()) colors.emplace_back();

  std::vector<report::Scatter> panels;  // on root
  const auto write = [&](std::vector<report::Scatter> figure, const std::string& name) {
    const std::string path = (folder / name).string();
    mpi::on_root(comm, [&] { session.files.require_free(path); });
    session.phases.measure("plot", [&] {
      mpi::on_root(comm, [&] {
        report::write_panels(path, std::move(figure), columns_of_panels(bases.size(), colors.size()),
                             settings.sized_figure());
      });
    });
    session.log.line("wrote " + path);
  };
  for (const auto& color : colors) {
    report::Scatter scatter;
    scatter.color_title = color;
    if (!color.empty() && is_column(work, color)) {
      if (comm.is_root()) color_by(scatter, *work.obs().find(color));
    } else if (!color.empty()) {
      scatter.values = work.gene(color);
      scatter.is_gene = true;
    }
    scatter.low = report::parse_color_limit("--vmin", settings.vmin);
    scatter.high = report::parse_color_limit("--vmax", settings.vmax);
    work.obs();
    mpi::on_root(comm, [&] {
      scatter.category_colors = stored_colors(uns, color, scatter.categories.categories.size());
      scatter.note = count_note(work.obs().names.size());
      if (settings.names) scatter.names = work.obs().names;
      if (!settings.pairs.empty()) add_pairs(scatter, settings.pairs, work.obs().names, session.log);
    });
    for (const auto& key : bases) {
      const RowMatrix points = gather_rows(comm, work.representation(key));
      if (work.representation(key).columns() < 2) {
        throw InputError(work.input_path(), "obsm/" + key, "has only one column", "a figure needs two");
      }
      mpi::on_root(comm, [&] {
        scatter.title = map_title(key);
        scatter.x_label = map_axis(key, 1) + (key == "X_pca" ? explained_variance(uns, 1) : "");
        scatter.y_label = map_axis(key, 2) + (key == "X_pca" ? explained_variance(uns, 2) : "");
        scatter.x.assign(points.col(0).begin(), points.col(0).end());
        scatter.y.assign(points.col(1).begin(), points.col(1).end());
      });
      if (settings.panels) {
        if (comm.is_root()) panels.push_back(scatter);
      } else {
        write({scatter}, file_name({key}, {color}, settings.format));
      }
    }
  }
  if (settings.panels) {
    for (std::size_t k = 0; k < panels.size(); ++k) {
      if (k + 1 < panels.size()) panels[k].note.clear();
      if (bases.size() == 1 && colors.size() > 1) std::swap(panels[k].title, panels[k].color_title);
      if (bases.size() == 1 && colors.size() > 1) panels[k].color_title.clear();
    }
    write(std::move(panels), file_name(bases, settings.color, settings.format));
  }
  if (settings.charts) {
    session.phases.measure("plot", [&] { write_charts(work, settings, folder.string()); });
  }
  if (!settings.page.empty() && settings.page != "auto") {
    session.phases.measure("page", [&] {
      write_map_page(work, settings, settings.page_basis.empty() ? all_keys(work) : settings.page_basis);
    });
    session.log.line("wrote " + settings.page);
  }
  return settings;
}

}  // namespace replearn::app
