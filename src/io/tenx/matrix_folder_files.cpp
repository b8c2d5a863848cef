#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "base/error.hpp"
#include "io/tables/fields.hpp"
#include "io/tenx/tenx_folder.hpp"
#include "io/text/compressed_file.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

bool is_matrix(const std::string& name) {
  return without_compression_extension(name).ends_with(".mtx");
}

/// Sorted file names of a folder; of a file that exists both plain and compressed, the plain one.
Names files_in(const fs::path& folder) {
  Names names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) names.push_back(entry.path().filename().string());
  }
  if (error)
    throw InputError(folder.string(), "", "the folder cannot be read: " + error.message(), "check permissions");
  std::sort(names.begin(), names.end());
  const Names all = names;
  std::erase_if(names, [&](const auto& name) {
    return without_compression_extension(name) != name &&
           std::binary_search(all.begin(), all.end(), without_compression_extension(name));
  });
  return names;
}

Names matrices_in(const fs::path& folder) {
  Names names = files_in(folder);
  std::erase_if(names, [](const auto& name) { return !is_matrix(name); });
  return names;
}

/// Folders with a .mtx file, up to three levels below, as sorted paths relative to `path`.
Names matrix_folders(const fs::path& path) {
  constexpr int deepest = 2;
  Names found;
  std::error_code error;
  for (fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end; at.increment(error)) {
    if (at.depth() >= deepest) at.disable_recursion_pending();
    std::error_code ignored;
    if (at->is_directory(ignored) && !matrices_in(at->path()).empty()) {
      found.push_back(fs::relative(at->path(), path, ignored).string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string listed(const Names& names) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > most ? ", ..." : "");
}

bool any_of(const std::string& name, const Names& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const auto& word) { return name.find(word) != std::string::npos; });
}

/// Length of the common prefix of two names, up to a '_', '-' or '.'.
std::size_t common_start(const std::string& a, const std::string& b) {
  auto length = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  while (length > 0 && std::string_view("_-.").find(a[length - 1]) == std::string_view::npos) --length;
  return length;
}

/// One of the two tables beside a matrix.
struct Wanted {
  const char* what;    ///< "cells"
  const char* option;  ///< the option that names it
  const char* usual;   ///< usual name, for messages
  Names exact;         ///< accepted after the matrix's prefix, in this order
  Names words;         ///< words, of which its name must contain one
  Names foreign;       ///< words that its name must not contain
};

const Wanted barcodes_wanted = {
    "cells",
    "--barcodes",
    "barcodes.tsv",
    {"barcodes.tsv", "barcodes.txt", ".barcodes.txt", "_rows.txt", "cell_metadata.csv", "barcodes.csv", "cells.tsv"},
    {"barcode", "cell", "_rows", "obs"},
    {"gene", "feature", "peak", "_cols", "var."}};
const Wanted features_wanted = {"genes",
                                "--features",
                                "features.tsv or genes.tsv",
                                {"features.tsv", "genes.tsv", "features.txt", "genes.txt", ".genes.txt", "_cols.txt",
                                 "all_genes.csv", "genes.csv", "features.csv", "peaks.bed"},
                                {"feature", "gene", "peak", "_cols", "var."},
                                {"barcode", "_rows", "genes.names"}};

/// Finds the table beside the matrix: by its prefix and a usual name; else the file matching the words with the longest
/// common prefix with the matrix's name. Empty if there is none. Throws if it is ambiguous.
std::string find_table(const fs::path& folder, const std::string& matrix, const Wanted& wanted) {
  const Names present = files_in(folder);
  const std::string stem =
      without_compression_extension(matrix).substr(0, without_compression_extension(matrix).size() - 4);
  std::string prefix = stem;
  for (const char* end : {"matrix", "counts", "count_matrix", "DGE"}) {
    if (stem.ends_with(end)) prefix = stem.substr(0, stem.size() - std::string(end).size());
  }
  for (const auto& before : {prefix, stem, std::string()}) {
    for (const auto& name : wanted.exact) {
      for (const char* suffix : compression_extensions) {
        if (std::binary_search(present.begin(), present.end(), before + name + suffix)) {
          return (folder / (before + name + suffix)).string();
        }
      }
    }
  }
  Names nearest;
  std::size_t longest = 0;
  for (const auto& name : present) {
    const auto start = common_start(name, matrix);
    const auto rest = lower_case(name.substr(start));
    if (is_matrix(name) || !any_of(rest, wanted.words) || any_of(rest, wanted.foreign)) continue;
    if (start > longest || nearest.empty()) nearest.clear();
    if (start >= longest) nearest.push_back(name);
    longest = std::max(longest, start);
  }
  if (nearest.size() > 1) {
    throw InputError((folder / matrix).string(), "",
                     std::string("there are several tables of ") + wanted.what + " beside it: " + listed(nearest),
                     std::string("choose one with ") + wanted.option);
  }
  return nearest.empty() ? std::string() : (folder / nearest.front()).string();
}

std::string require_table(const fs::path& folder, const std::string& matrix, const Wanted& wanted,
                          const std::string& path) {
  const auto found = find_table(folder, matrix, wanted);
  if (!found.empty()) return found;
  throw InputError(
      path, "", std::string("no ") + wanted.usual + " (or .gz ...) beside the matrix",
      std::string("put the table of ") + wanted.what + " into the matrix's folder, or name it with " + wanted.option);
}

/// Chooses one of the subfolders.
std::string choose_folder(const std::string& path, const std::string& genome) {
  const auto folders = matrix_folders(path);
  if (folders.empty()) require_tenx_folder(path);
  if (!genome.empty()) {
    if (std::find(folders.begin(), folders.end(), genome) != folders.end()) return genome;
    throw InputError(path, "", "no genome " + in_quotes(genome), suggest(genome, folders));
  }
  if (folders.size() == 1) return folders[0];
  const bool below = std::any_of(folders.begin(), folders.end(), [](const auto& name) {
    return any_of(name, {"/", "raw", "filtered"});
  });
  if (!below) {
    throw InputError(path, "", "the folder holds several genomes: " + listed(folders), "choose one with --genome");
  }
  throw InputError(path, "", "the folder holds several matrices: " + listed(folders),
                   "give one of them as input, such as " + (fs::path(path) / folders.front()).string() +
                       " (raw: all barcodes, filtered: barcodes called as cells)");
}

/// The .mtx file of a folder.
std::string choose_matrix(const fs::path& folder) {
  const Names matrices = matrices_in(folder);
  for (const char* suffix : compression_extensions) {
    const std::string usual = std::string("matrix.mtx") + suffix;
    if (std::binary_search(matrices.begin(), matrices.end(), usual)) return usual;
  }
  if (matrices.size() < 2) return matrices.empty() ? "" : matrices[0];
  throw InputError(folder.string(), "", "the folder holds several matrices: " + listed(matrices),
                   "give one of them as input, such as " + (folder / matrices.front()).string());
}

}  // namespace

void require_tenx_folder(const std::string& path) {
  if (!matrices_in(path).empty() || !matrix_folders(path).empty()) return;
  if (fs::exists(fs::path(path) / ".zgroup") || fs::exists(fs::path(path) / "zarr.json")) {
    throw InputError(path, "", "a Zarr store, which replearn does not read",
                     "convert it to .h5ad: python3 -c \"import anndata; anndata.read_zarr('" + path +
                         "').write_h5ad('cells.h5ad')\"");
  }
  throw InputError(path, "", "the folder is not a 10x matrix folder: there is no matrix.mtx or matrix.mtx.gz in it",
                   "expected a .mtx file with the tables of its cells and genes, such as matrix.mtx, barcodes.tsv and "
                   "features.tsv or genes.tsv, each optionally with .gz, .bz2, .xz, .zst or .lz4");
}

TenxFolder find_tenx_folder(const std::string& path, const InputOptions& options) {
  fs::path folder(path);
  TenxFolder files;
  if (fs::is_directory(folder)) {
    std::string matrix = choose_matrix(folder);
    if (matrix.empty()) {
      folder /= choose_folder(path, options.genome);
      matrix = choose_matrix(folder);
    } else if (!options.genome.empty()) {
      throw InputError(path, "", "the option genome does not apply: the folder itself contains a matrix",
                       "omit the option");
    }
    files.matrix = (folder / matrix).string();
  } else {
    if (!options.genome.empty()) {
      throw InputError(path, "", "the option genome applies to folders only; this is a matrix", "omit the option");
    }
    files.matrix = path;
    folder = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  }
  const std::string matrix = fs::path(files.matrix).filename().string();
  files.barcodes = options.barcodes.empty() ? require_table(folder, matrix, barcodes_wanted, path) : options.barcodes;
  files.features = options.features.empty() ? require_table(folder, matrix, features_wanted, path) : options.features;
  const std::string features = without_compression_extension(files.features);
  for (const char* suffix : compression_extensions) {
    if (!features.ends_with("genes.txt")) break;
    const auto symbols = features.substr(0, features.size() - 4) + ".names.txt" + suffix;
    if (files.symbols.empty() && fs::is_regular_file(symbols)) files.symbols = symbols;
  }
  return files;
}

}  // namespace replearn::io
