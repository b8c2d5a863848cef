#include "io/text/text_sources.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "io/text/compressed_file.hpp"
#include "io/text/encoding.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

void add_folder(const fs::path& folder, std::vector<std::string>& paths) {
  std::error_code error;
  auto walk = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const bool hidden = walk->path().filename().string().starts_with(".");
    if (hidden && walk->is_directory(error)) walk.disable_recursion_pending();
    if (!hidden && walk->is_regular_file(error)) paths.push_back(walk->path().string());
  }
  if (error) throw InputError(folder.string(), "", "cannot be read: " + error.message(), "check permissions");
}

/// The paths that match, or `name` itself if none does.
std::vector<std::string> matches(const std::string& name) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(name.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  if (paths.empty()) {
    const bool pattern = name.find_first_of("*?[") != std::string::npos;
    throw InputError(name, "", pattern ? "no file matches" : "no such file or folder", "check the path");
  }
  return paths;
}

TextSource source_of(const std::string& path, const Log& log) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path, "", std::string("cannot be opened: ") + std::strerror(errno), "check permissions");
  char start[1024];
  file.read(start, sizeof start);
  const std::string_view seen(start, static_cast<std::size_t>(file.gcount()));
  const bool compressed = file_compression_of(seen) != FileCompression::none;
  const Recoding recoding = find_recoding(seen);
  const bool wide = !compressed && is_wide(recoding);
  if (wide) log.line(path + ": read as " + name_of(recoding));
  return {path, static_cast<Index>(fs::file_size(path)), compressed || wide};
}

}  // namespace

std::vector<std::string> text_paths(const std::string& name) {
  std::vector<std::string> paths;
  std::error_code failed;
  // A file name may contain glob characters.
  for (const auto& path : fs::exists(name, failed) ? std::vector{name} : matches(name)) {
    if (fs::is_directory(path, failed)) {
      add_folder(path, paths);
    } else if (fs::is_regular_file(path, failed)) {
      paths.push_back(path);
    } else {
      throw InputError(path, "", "is neither a file nor a folder", "give text files");
    }
  }
  return paths;
}

std::vector<TextSource> find_text(const mpi::Communicator& comm, const std::vector<std::string>& names,
                                  const Log& log) {
  std::vector<std::string> paths;
  std::vector<Index> numbers;
  mpi::on_root(comm, [&] {
    if (names.empty()) throw InputError("", "--input", "no input given", "give text files, folders or patterns");
    for (const auto& name : names) {
      const auto found = text_paths(name);
      paths.insert(paths.end(), found.begin(), found.end());
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    std::vector<std::string> kept;
    for (const auto& path : paths) {
      const auto source = source_of(path, log);
      if (source.bytes == 0) continue;
      kept.push_back(path);
      numbers.push_back(source.bytes * 2 + (source.sequential ? 1 : 0));
    }
    paths = kept;
    if (paths.empty()) throw InputError(names.front(), "", "there is no text: every file is empty", "give other files");
  });
  paths = mpi::broadcast(comm, std::move(paths));
  numbers = mpi::broadcast(comm, std::move(numbers));
  std::vector<TextSource> sources;
  for (std::size_t i = 0; i < paths.size(); ++i) sources.push_back({paths[i], numbers[i] / 2, numbers[i] % 2 == 1});
  return sources;
}

}  // namespace replearn::io
