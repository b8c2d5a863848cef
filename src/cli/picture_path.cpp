#include "cli/picture_path.hpp"

#include <cctype>
#include <filesystem>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {

std::string picture_path(Workspace& work, const std::string& folder, const std::string& format,
                         const std::string& stem) {
  namespace fs = std::filesystem;
  std::string name = stem;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  }
  const fs::path in = folder.empty() ? fs::path(work.output_path()).parent_path() : fs::path(folder);
  const std::string path = (in / (name + "." + format)).string();
  if (work.comm().is_root() && !in.empty()) {
    std::error_code error;
    fs::create_directories(in, error);
  }
  mpi::on_root(work.comm(), [&] { work.session().common.files.require_free(path); });
  return path;
}

void add_picture_options(OptionSet& set, std::string& folder, std::string& format) {
  set.add("folder", folder, "Folder for pictures; empty: the folder of the output")
      .writes_into_folder()
      .add("format", format, "File format of pictures: png, svg or pdf")
      .changes_no_result();
}

void check_picture_format(const std::string& format) {
  if (format == "png" || format == "svg" || format == "pdf") return;
  throw InputError("", "--format", "'" + format + "' is not a picture format", "choose png, svg or pdf");
}

}  // namespace replearn::cli
