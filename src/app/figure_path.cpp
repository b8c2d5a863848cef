#include "app/figure_path.hpp"

#include <cctype>
#include <filesystem>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {

std::string figure_path(Workspace& work, const std::string& folder, const std::string& format,
                        const std::string& stem) {
  namespace fs = std::filesystem;
  std::string name = stem;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  }
  const fs::path in = folder.empty() ? fs::path(work.output_path()).parent_path() : fs::path(folder);
  const std::string path = (in / (name + "." + format)).string();
  create_folder(work.comm(), "--folder", in.string());
  mpi::on_root(work.comm(), [&] { work.session().files.require_free(path); });
  return path;
}

void check_figure_format(const std::string& format) {
  if (format == "png" || format == "svg" || format == "pdf") return;
  throw InputError("", "--format", "'" + format + "' is not a figure format", "choose png, svg or pdf");
}

}  // namespace replearn::app
