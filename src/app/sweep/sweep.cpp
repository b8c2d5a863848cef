#include "app/sweep/sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "app/error_context.hpp"
#include "app/feature_types.hpp"
#include "base/error.hpp"
#include "base/whole_file.hpp"
#include "io/checkpoint/fingerprint.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/collectives.hpp"
#include "report/curves.hpp"

namespace replearn::app {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string label_of(const std::vector<SweepAxis>& axes, const std::vector<std::string>& values) {
  std::string label;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    if (!values[a].empty()) label += (label.empty() ? "" : " ") + axes[a].option + "=" + values[a];
  }
  return label.empty() ? "base" : label;
}

/// Identifies a run: a stored result is reused only if its fingerprint is equal. contents: hashes of the input files.
std::string fingerprint(const SweepRun& run, const std::vector<std::string>& contents) {
  std::string text;
  for (const auto& content : contents) text += "input = " + content + "\n";
  for (const auto& [name, value] : run.options) text += name + " = " + value + "\n";
  return text;
}

std::string file_of(std::size_t run) {
  return fmt::format("training-{:03}.h5", run);
}

/// The curves of a run by name; empty if it is not finished. Root.
using Curves = std::map<std::string, std::vector<double>>;

Curves read_curves(const std::string& path, const std::string& expected) {
  if (!fs::exists(path)) return {};
  const auto file = io::Hdf5File::open(path);
  if (!file.exists("options") || file.read_strings("options").at(0) != expected) return {};
  Curves curves;
  for (const auto& name : file.children("curves")) curves[name] = file.read<double>("curves/" + name);
  return curves;
}

/// Writes to a temporary file and renames it, so a file under its final name is complete.
template <class Write>
void write_whole(const std::string& path, Write write) {
  remove_leftovers(path);
  const std::string aside = temporary_path(path);  // two tasks may write the same file at once
  {
    auto file = io::Hdf5File::create(aside);
    write(file);
    file.close();
  }
  replearn::commit(aside, path);
}

void write_curves(io::Hdf5File& file, const std::string& group, const Curves& curves) {
  file.make_group(group);
  for (const auto& [name, values] : curves) file.write(group + "/" + name, values);
}

/// The training matrix, selected (and logged) again only if a run uses other features than the previous one.
class Features {
 public:
  explicit Features(Workspace& work) : work_(work) {}
  const Matrix& of(const FactorizeSettings& settings) {
    if (!taken_ || matrix_ != settings.matrix || types_ != settings.feature_types) {
      matrix_ = settings.matrix, types_ = settings.feature_types;
      taken_.emplace(work_, "sweep", matrix_, types_);
    }
    return taken_->x();
  }

 private:
  Workspace& work_;
  std::string matrix_;
  std::vector<std::string> types_;
  std::optional<FeatureMatrix> taken_;
};

/// Trains one run.
Curves train(Workspace& work, Features& features, const FactorizeSettings& settings) {
  Matrix copy;
  const Matrix& x = matrix_to_learn(features.of(settings), settings, copy);
  factorize::Options options = settings.method;
  options.patience = settings.patience.value_or(0);
  factorize::State state(work.comm(), x, options);
  while (!state.done()) state.run_until(state.steps());
  const auto& c = state.curves();
  return {{"step", {c.step.begin(), c.step.end()}}, {"training_loss", c.training_loss},
          {"held_out_loss", c.held_out_loss},       {"held_out_r2", c.held_out_r2},
          {"sample_movement", c.sample_movement},   {"gene_movement", c.gene_movement}};
}

/// A diverged run is a result too, with empty curves.
Curves train_or_diverge(Workspace& work, Features& features, const FactorizeSettings& settings,
                        const std::string& label) {
  try {
    return with_file_name(work.input_path(), [&] { return train(work, features, settings); });
  } catch (const InputError& error) {
    if (error.place() != "--learning-rate") throw;
    work.session().log.warning(label + ": " + error.problem());
    return {{"step", {}}, {"training_loss", {}}, {"held_out_loss", {}}, {"held_out_r2", {}}};
  }
}

report::CurveFigure figure_of(const std::vector<SweepAxis>& axes, const std::vector<SweepRun>& runs,
                              const std::vector<Curves>& curves) {
  report::CurveFigure figure;
  figure.title = "Loss against steps: training (solid) and held out (dashed)";
  for (std::size_t a = 0; a < axes.size(); ++a) {
    report::CurvePanel panel{axes[a].option, "step", "loss", {}, true};
    for (std::size_t v = 0; v < axes[a].values.size(); ++v) {
      for (std::size_t k = 0; k < runs.size(); ++k) {
        const auto& values = runs[k].values;
        bool belongs = values[a] == axes[a].values[v];
        // In a grid, only runs whose other options have their first values.
        for (std::size_t other = 0; other < axes.size(); ++other) {
          belongs = belongs && (other == a || values[other].empty() || values[other] == axes[other].values.front());
        }
        if (!belongs) continue;
        const auto& steps = curves[k].at("step");
        panel.curves.push_back({axes[a].values[v], steps, curves[k].at("training_loss"), false, static_cast<int>(v)});
        panel.curves.push_back({"", steps, curves[k].at("held_out_loss"), true, static_cast<int>(v)});
      }
    }
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

void log_best(const Log& log, const std::vector<SweepRun>& runs, const std::vector<Curves>& curves) {
  for (std::size_t k = 0; k < runs.size(); ++k) {
    const auto& held_out = curves[k].at("held_out_loss");
    if (held_out.empty()) {
      log.line(runs[k].label + ": diverged");
      continue;
    }
    const auto least = std::min_element(held_out.begin(), held_out.end());
    log.line(fmt::format("sweep: {}: training loss {:.5f}, held-out loss {:.5f} at the end, {:.5f} at best (epoch {})",
                         runs[k].label, curves[k].at("training_loss").back(), held_out.back(), *least,
                         least - held_out.begin() + 1));
  }
}

}  // namespace

std::vector<SweepAxis> sweep_axes(const std::vector<std::string>& vary) {
  std::vector<SweepAxis> axes;
  for (const auto& text : vary) {
    const auto colon = text.find(':');
    SweepAxis axis{trimmed(text.substr(0, colon)), {}};
    std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    for (rest = trimmed(rest); !rest.empty(); rest = trimmed(rest)) {
      const auto end = std::min(rest.find(' '), rest.size());
      axis.values.push_back(rest.substr(0, end));
      rest.erase(0, end);
    }
    if (axis.option.empty() || axis.values.empty()) {
      throw InputError("", "--vary", "'" + text + "' is not NAME: VALUE VALUE...", "for example dropout: 0 0.1 0.3");
    }
    axes.push_back(axis);
  }
  if (axes.empty()) throw InputError("", "--vary", "is empty", "for example dropout: 0 0.1 0.3");
  return axes;
}

std::vector<SweepRun> sweep_runs(const std::vector<SweepAxis>& axes, SweepMode mode) {
  std::vector<SweepRun> all;
  std::vector<std::string> values(axes.size());
  const auto add = [&] { all.push_back({values, label_of(axes, values), {}, {}}); };
  if (mode == SweepMode::each) {
    for (std::size_t a = 0; a < axes.size(); ++a) {
      for (const auto& value : axes[a].values) {
        values.assign(axes.size(), "");
        values[a] = value;
        add();
      }
    }
    return all;
  }
  std::vector<std::size_t> at(axes.size(), 0);
  while (true) {
    for (std::size_t a = 0; a < axes.size(); ++a) values[a] = axes[a].values[at[a]];
    add();
    std::size_t a = axes.size();
    while (a > 0 && ++at[a - 1] == axes[a - 1].values.size()) at[--a] = 0;
    if (a == 0) return all;
  }
}

void run_sweep(Session& session, FileSettings files, const SweepSettings& settings, const std::vector<SweepAxis>& axes,
               const std::vector<SweepRun>& runs) {
  const auto& comm = session.comm;
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output CURVES.h5");
  const auto count = static_cast<Index>(runs.size());
  if (settings.task < -1 || settings.task >= count) {
    throw InputError("", "--sweep.task", fmt::format("there are {} runs", count),
                     fmt::format("choose 0 to {}, or -1", count - 1));
  }
  const std::string output = std::exchange(files.output, "");
  const fs::path folder = settings.folder.empty() ? fs::path(output + ".runs") : fs::path(settings.folder);
  const std::string figure =
      settings.figure.empty() ? fs::path(output).replace_extension(".png").string() : settings.figure;
  if (settings.figure.empty()) session.files.add_output(comm, "--sweep.figure", figure, {".png"});
  if (settings.folder.empty()) session.files.add_folder(comm, "--sweep.folder", folder.string());
  for (const auto& run : runs) run.settings.validate();
  std::vector<std::string> contents, fingerprints;
  mpi::on_root(comm, [&] { contents = io::file_contents(files_read_by({"files.input", "--input", FileUse::input, files.inputs})); });
  for (const auto& run : runs) fingerprints.push_back(fingerprint(run, contents));

  files.format.keep_missing =
      std::any_of(runs.begin(), runs.end(), [](const SweepRun& run) { return run.settings.allows_missing(); });
  Workspace work(session, files);
  create_folder(comm, "--sweep.folder", folder.string());
  Features features(work);
  std::vector<Curves> done(runs.size());
  bool whole = true;
  for (Index k = 0; k < count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const std::string path = (folder / file_of(at)).string();
    mpi::on_root(comm, [&] {
      session.files.require_free(path);
      done[at] = read_curves(path, fingerprints[at]);
    });
    const bool is_done = mpi::broadcast(comm, !done[at].empty());
    if (is_done) continue;
    if (settings.task >= 0 && settings.task != k) {
      whole = false;
      continue;
    }
    session.log.line(fmt::format("sweep: run {} of {}, {}", k + 1, count, runs[at].label));
    done[at] = session.phases.measure(
        "training", [&] { return train_or_diverge(work, features, runs[at].settings, runs[at].label); });
    mpi::on_root(comm, [&] {
      write_whole(path, [&](io::Hdf5File& file) {
        file.write_strings("options", {fingerprints[at]});
        write_curves(file, "curves", done[at]);
      });
    });
  }
  if (!whole) {  // concurrent tasks may have finished: the last one to check finds all results
    mpi::on_root(comm, [&] {
      whole = true;
      for (std::size_t k = 0; k < runs.size(); ++k) {
        if (done[k].empty()) done[k] = read_curves((folder / file_of(k)).string(), fingerprints[k]);
        whole = whole && !done[k].empty();
      }
    });
    whole = mpi::broadcast(comm, whole);
  }
  if (!whole) {
    session.log.line("sweep: other runs are not finished; the last one writes " + output);
    return session.finish();
  }
  mpi::on_root(comm, [&] {
    write_whole(output, [&](io::Hdf5File& file) {
      file.make_group("trainings");
      for (std::size_t k = 0; k < runs.size(); ++k) {
        const std::string group = "trainings/" + fmt::format("{:03}", k);
        write_curves(file, group, done[k]);
        file.set_attribute(group, "label", runs[k].label);
        file.write_strings(group + "/options", {fingerprints[k]});
      }
    });
    report::write_curves(figure, figure_of(axes, runs, done));
    log_best(session.log, runs, done);
  });
  session.log.line("wrote " + output + " and " + figure);
  session.finish();
}

}  // namespace replearn::app
