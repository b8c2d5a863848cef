#include "app/bigan/figures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/figure_path.hpp"
#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "nn/gather.hpp"
#include "report/curves.hpp"
#include "report/image_grid.hpp"
#include "report/scatter.hpp"

namespace replearn::app {
namespace {

constexpr Index max_points = 5000;  // in a scatter plot
constexpr Index images_per_row = 14, sample_rows = 3;

std::string path_of(Workspace& work, const BiganSettings& settings, const std::string& stem) {
  return figure_path(work, settings.folder, settings.figure_format, stem);
}

template <class Write>
void draw(Workspace& work, const std::string& path, Write&& write) {
  work.session().phases.measure("plot", [&] { mpi::on_root(work.comm(), [&] { write(path); }); });
  work.session().log.line("wrote " + path);
}

/// Up to `most` rows sampled across the matrix, on root.
RowMatrix some_rows(Workspace& work, const Matrix& x, Index most) {
  const auto& parts = partition(x);
  const Index n = parts.rows(), k = std::min(n, most), first = parts.begin(work.comm().rank());
  std::vector<Index> mine;
  for (Index i = 0; i < k; ++i) {
    const Index row = i * n / k;
    if (row >= first && row < parts.end(work.comm().rank())) mine.push_back(row - first);
  }
  nn::Batch<float> rows;
  nn::gather(x, mine, rows);
  const auto all =
      mpi::gather_v(work.comm(), std::span<const float>(rows.data(), static_cast<std::size_t>(rows.size())));
  if (!work.comm().is_root()) return {};
  return Eigen::Map<const RowMatrix>(all.data(), k, columns(x));
}

void draw_codes(Workspace& work, const BiganSettings& settings, const DistributedMatrix& codes) {
  if (codes.columns() < 2) return;
  const RowMatrix all = gather_rows(work.comm(), codes);
  report::Scatter scatter;
  scatter.title = codes.columns() == 2 ? "Codes" : "Codes, first two dimensions of " + std::to_string(codes.columns());
  scatter.x_label = "BiGAN 1", scatter.y_label = "BiGAN 2";
  scatter.categories = label_column(work, settings.labels);
  scatter.color_title = settings.labels;
  if (work.comm().is_root()) {
    scatter.x.assign(all.col(0).begin(), all.col(0).end());
    scatter.y.assign(all.col(1).begin(), all.col(1).end());
  }
  draw(work, path_of(work, settings, "bigan_codes"), [&](const std::string& path) { write_scatter(path, scatter); });
}

/// Data on the left, samples on the right, on a common scale.
void draw_plane(Workspace& work, const BiganSettings& settings, const Matrix& x, const bigan::Model& model) {
  const RowMatrix data = some_rows(work, x, max_points);
  const auto samples = gather_rows(
      work.comm(),
      bigan::draw_samples(work.comm(), model, std::min(partition(x).rows(), max_points), settings.method.seed).x);
  report::Scatter scatter;
  scatter.title = "Data and generator samples";
  scatter.color_title = "rows";
  scatter.categories.categories = {"data", "samples"};
  if (work.comm().is_root()) {
    const float shift = 1.4f * (data.col(0).maxCoeff() - data.col(0).minCoeff());
    const auto add = [&](const RowMatrix& points, float right, std::int32_t code) {
      for (Index i = 0; i < points.rows(); ++i) {
        scatter.x.push_back(points(i, 0) + right);
        scatter.y.push_back(points(i, 1));
        scatter.categories.codes.push_back(code);
      }
    };
    add(data, 0, 0);
    add(samples, shift, 1);
  }
  report::FigureOptions figure;
  figure.width_inches = 10, figure.height_inches = 5;
  figure.point_size = 1.6;
  draw(work, path_of(work, settings, "bigan_samples"),
       [&](const std::string& path) { write_scatter(path, scatter, figure); });
}

void draw_images(Workspace& work, const BiganSettings& settings, const Matrix& x, const bigan::Model& model,
                 const DistributedMatrix& codes) {
  const RowMatrix data = some_rows(work, x, images_per_row), their_codes = some_rows(work, codes, images_per_row);
  const RowMatrix samples = gather_rows(
      work.comm(), bigan::draw_samples(work.comm(), model, sample_rows * images_per_row, settings.method.seed).x);
  report::ImageGrid grid;
  grid.title = "Images, reconstructions and samples";
  grid.width = settings.image_width;
  grid.height = columns(x) / settings.image_width;
  if (work.comm().is_root()) {
    const RowMatrix made = bigan::reconstruct(model, their_codes);
    grid.low = data.minCoeff(), grid.high = data.maxCoeff();
    const auto add = [&](const std::string& name, const RowMatrix& rows, Index begin, Index end) {
      report::ImageGrid::Row row{name, {}};
      for (Index i = begin; i < std::min(end, rows.rows()); ++i)
        row.images.emplace_back(rows.row(i).begin(), rows.row(i).end());
      grid.rows.push_back(std::move(row));
    };
    add("data x", data, 0, images_per_row);
    add("G(E(x))", made, 0, images_per_row);
    for (Index k = 0; k < sample_rows; ++k)
      add(k == 0 ? "samples G(z)" : "", samples, k * images_per_row, (k + 1) * images_per_row);
  }
  draw(work, path_of(work, settings, "bigan_images"), [&](const std::string& path) { write_image_grid(path, grid); });
}

}  // namespace

Categorical label_column(Workspace& work, const std::string& name) {
  if (name.empty()) return {};
  Categorical column;
  const auto& labels = work.obs();
  mpi::on_root(work.comm(), [&] {
    const auto* found = labels.find(name);
    if (!found)
      throw InputError(work.input_path(), "obs/" + name, "no such column", suggest(name, labels.column_names()));
    if (const auto* categorical = std::get_if<Categorical>(found)) {
      column = *categorical;
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(found)) {
      column = to_categorical(*texts);
    } else {
      throw InputError(work.input_path(), "obs/" + name, "is numeric, not categorical", "choose a categorical column");
    }
  });
  return column;
}

void check_images(const BiganSettings& settings, Index columns) {
  if (settings.image_width == 0 || columns % settings.image_width == 0) return;
  throw InputError("", "--image-width",
                   fmt::format("{} columns are not a multiple of {} pixels", columns, settings.image_width),
                   "choose a width that divides the number of columns");
}

void draw_training(Workspace& work, const BiganSettings& settings, const bigan::Curves& curves) {
  const std::vector<double> steps(curves.step.begin(), curves.step.end());
  const auto line = [&](const char* name, const std::vector<double>& y, bool dashed = false) {
    return report::Curve{name, steps, y, dashed};
  };
  report::CurveFigure figure;
  figure.title = "ALI / BiGAN: training";
  figure.panels.push_back(
      {"losses",
       "step",
       "loss",
       {line("discriminator", curves.discriminator_loss), line("E and G", curves.generator_loss, true)},
       false});
  figure.panels.push_back(
      {"discriminator accuracy",
       "step",
       "fraction correct",
       {line("(x, E(x))", curves.correct_encoder), line("(G(z), z)", curves.correct_generator, true)},
       false});
  figure.panels.push_back({"reconstruction error, relative to the mean",
                           "step",
                           "relative error",
                           {line("x - G(E(x))", curves.x_error), line("z - E(G(z))", curves.z_error, true)},
                           false});
  figure.panels.push_back({"|MMD^2| between codes and prior", "step", "|MMD^2|", {line("MMD2", curves.mmd)}, true});
  for (auto& value : figure.panels.back().curves.front().y) value = std::abs(value);
  figure.panels.push_back({"samples compared with data",
                           "step",
                           "fraction",
                           {line("spread", curves.spread), line("coverage", curves.coverage, true)},
                           false});
  if (!settings.labels.empty()) figure.panels.back().curves.push_back(line("labels reached", curves.label_coverage));
  if (settings.method.penalty != bigan::Penalty::none) {
    figure.panels.push_back({"discriminator's squared gradient", "step", "squared norm", {line("mean", curves.gradient)}, true});
  }
  draw(work, path_of(work, settings, "bigan_training"), [&](const std::string& path) { write_curves(path, figure); });
}

void draw_model(Workspace& work, const BiganSettings& settings, const Matrix& x, const bigan::Model& model,
                const DistributedMatrix& codes) {
  if (!settings.draw_samples) return;
  draw_codes(work, settings, codes);
  if (columns(x) == 2) draw_plane(work, settings, x, model);
  if (settings.image_width > 0) draw_images(work, settings, x, model, codes);
}

}  // namespace replearn::app
