#include "io/tenx_folder.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "io/fields.hpp"
#include "io/names.hpp"
#include "io/text_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

/// The first of the candidates that is there, plain before gzip; empty if none is.
std::string first_present(const fs::path& folder, const std::string& prefix, std::initializer_list<const char*> names) {
  for (const std::string name : names) {
    for (const char* suffix : {"", ".gz"}) {
      const auto candidate = folder / (prefix + name + suffix);
      if (fs::is_regular_file(candidate)) return candidate.string();
    }
  }
  return {};
}

/// Folders below that hold a matrix.mtx: the genomes of a version 2 folder.
std::vector<std::string> genome_folders(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.is_directory() && !first_present(entry.path(), "", {"matrix.mtx"}).empty()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// "GSM1_" of GSM1_matrix.mtx.gz; empty for another name.
std::string prefix_of(const std::string& file_name) {
  const auto at = file_name.rfind("matrix.mtx");
  return at == std::string::npos ? "" : file_name.substr(0, at);
}

std::string choose_genome(const std::string& path, const std::string& genome) {
  require_tenx_folder(path);
  const auto genomes = genome_folders(path);
  if (genome.empty()) {
    if (genomes.size() == 1) return genomes[0];
    throw InputError(path, "", "the folder holds several genomes",
                     "choose one with the option genome; " + suggest("", genomes));
  }
  if (std::find(genomes.begin(), genomes.end(), genome) == genomes.end()) {
    throw InputError(path, "", "no genome " + in_quotes(genome), suggest(genome, genomes));
  }
  return genome;
}

}  // namespace

void require_tenx_folder(const std::string& path) {
  if (!first_present(path, "", {"matrix.mtx"}).empty() || !genome_folders(path).empty()) return;
  throw InputError(path, "", "the folder is not a 10x matrix folder: there is no matrix.mtx or matrix.mtx.gz in it",
                   "looked for matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each perhaps with .gz");
}

TenxFolder find_tenx_folder(const std::string& path, const std::string& genome) {
  fs::path folder(path);
  std::string prefix;
  TenxFolder files;
  if (fs::is_directory(folder)) {
    files.matrix = first_present(folder, "", {"matrix.mtx"});
    if (files.matrix.empty()) return find_tenx_folder((folder / choose_genome(path, genome)).string(), "");
  } else {
    files.matrix = path;
    prefix = prefix_of(folder.filename().string());
    folder = folder.parent_path();
  }
  if (!genome.empty()) {
    throw InputError(path, "", "the option genome does not apply: the folder has one matrix", "leave the option out");
  }
  files.barcodes = first_present(folder, prefix, {"barcodes.tsv"});
  files.features = first_present(folder, prefix, {"features.tsv", "genes.tsv"});
  const std::string missing = files.barcodes.empty()   ? prefix + "barcodes.tsv"
                              : files.features.empty() ? prefix + "features.tsv or " + prefix + "genes.tsv"
                                                       : "";
  if (!missing.empty()) {
    throw InputError(path, "", "no " + missing + " (or .gz) beside the matrix",
                     "put the tables of cells and genes into the matrix's folder");
  }
  return files;
}

Annotations read_barcodes(const std::string& path) {
  Annotations obs;
  TextLines lines(path);
  for (std::string_view line; lines.next(line);) {
    auto fields = split_fields(line, '\t');
    if (fields[0].empty()) {
      throw InputError(path, "line " + std::to_string(lines.line_number()), "there is no barcode", "remove the line");
    }
    obs.names.push_back(std::move(fields[0]));
  }
  require_unique(obs.names, path, "line ", 1);
  return obs;
}

Annotations read_features(const std::string& path) {
  Annotations var;
  std::vector<std::string> ids, types;
  TextLines lines(path);
  for (std::string_view line; lines.next(line);) {
    auto fields = split_fields(line, '\t');
    if (fields[0].empty() && fields.size() < 2) {
      throw InputError(path, "line " + std::to_string(lines.line_number()), "there is no gene", "remove the line");
    }
    var.names.push_back(fields.size() > 1 && !fields[1].empty() ? fields[1] : fields[0]);
    ids.push_back(fields[0]);
    if (fields.size() > 2) types.push_back(fields[2]);
  }
  if (!types.empty() && types.size() != ids.size()) {
    throw InputError(path, "", "some lines have a third column (feature type), others do not", "make the file again");
  }
  var.set("gene_ids", std::move(ids));
  if (!types.empty()) var.set("feature_types", to_categorical(types));
  return var;
}

CellAxis cell_axis(const TenxFolder& folder, const MatrixMarketHeader& header, Index barcodes, Index features) {
  if (header.rows == features && header.columns == barcodes) return CellAxis::columns;
  if (header.rows == barcodes && header.columns == features) return CellAxis::rows;
  const bool features_fit = header.rows == features;
  const std::string& table = features_fit ? folder.barcodes : folder.features;
  throw InputError(table, "",
                   "the table has " + std::to_string(features_fit ? barcodes : features) + " lines, but " +
                       folder.matrix + " has " + std::to_string(header.rows) + " rows (genes) and " +
                       std::to_string(header.columns) + " columns (cells)",
                   "take the three files from one run");
}

ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                                  const Log& log) {
  ExpressionMatrix data;
  TenxFolder folder;
  MatrixMarketHeader header;
  CellAxis cells = CellAxis::columns;
  mpi::on_root(comm, [&] {
    folder = find_tenx_folder(path, genome);
    header = read_matrix_market_header(folder.matrix);
    data.obs = read_barcodes(folder.barcodes);
    data.var = read_features(folder.features);
    cells = cell_axis(folder, header, data.obs.size(), data.var.size());
    make_genes_unique(data.var.names, log);
  });
  header = mpi::broadcast(comm, header);
  cells = mpi::broadcast(comm, cells);
  folder.matrix = mpi::broadcast(comm, std::move(folder.matrix));
  require_rows(comm, folder.matrix, cells == CellAxis::columns ? header.columns : header.rows);
  data.x = read_matrix_market(comm, folder.matrix, header, cells);
  return data;
}

}  // namespace replearn::io
