#include "io/tenx/tenx.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "io/anndata/compressed_matrix.hpp"
#include "io/names.hpp"
#include "io/stored_matrix.hpp"
#include "io/tables/fields.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

const char* const write_again = "the file is damaged or truncated; write or copy it again";

std::string choose(const Hdf5File& file, const std::vector<std::string>& genomes, const std::string& genome) {
  if (genome.empty()) {
    if (genomes.size() == 1) return genomes[0];
    throw InputError(file.path(), "", "the file contains several genomes",
                     "choose one with the option genome; " + suggest("", genomes));
  }
  if (std::find(genomes.begin(), genomes.end(), genome) == genomes.end()) {
    throw InputError(file.path(), "", "no genome " + in_quotes(genome), suggest(genome, genomes));
  }
  return genome;
}

/// Length of a one-dimensional dataset, which must exist.
Index length_of(const Hdf5File& file, const std::string& dataset) {
  if (!file.is_dataset(dataset)) throw InputError(file.path(), dataset, "there is no such dataset", write_again);
  const auto found = file.dataset_at(dataset);
  found.require_vector();
  return found.shape().extent[0];
}

void require_length(const Hdf5File& file, const std::string& dataset, Index expected) {
  const Index length = length_of(file, dataset);
  if (length == expected) return;
  throw InputError(file.path(), dataset,
                   std::to_string(length) + " values where there should be " + std::to_string(expected), write_again);
}

/// Features of the chosen genome.
std::vector<std::uint8_t> of_genome(const Hdf5File& file, const TenxMatrix& matrix, const std::string& genome) {
  const auto dataset = matrix.dataset("features/genome");
  require_length(file, dataset, matrix.genes);
  const auto genomes = file.read_strings(dataset);
  std::vector<std::uint8_t> keep;
  for (const auto& name : genomes) keep.push_back(name == genome);
  if (std::find(keep.begin(), keep.end(), 1) == keep.end()) {
    throw InputError(file.path(), dataset, "no genome " + in_quotes(genome),
                     suggest(genome, to_categorical(genomes).categories));
  }
  return keep;
}

}  // namespace

bool is_tenx(const Hdf5File& file) {
  return file.is_dataset("matrix/barcodes") || file.is_group("matrix/features") || !tenx_genomes(file).empty();
}

std::vector<std::string> tenx_genomes(const Hdf5File& file) {
  std::vector<std::string> genomes;
  for (const auto& name : file.children("/")) {
    if (name != "matrix" && file.is_dataset(name + "/barcodes") && file.is_dataset(name + "/indptr")) {
      genomes.push_back(name);
    }
  }
  return genomes;
}

TenxMatrix find_tenx_matrix(const Hdf5File& file, const std::string& genome) {
  TenxMatrix matrix;
  matrix.version_3 = file.is_group("matrix");
  matrix.group = matrix.version_3 ? "matrix" : choose(file, tenx_genomes(file), genome);
  require_length(file, matrix.dataset("shape"), 2);
  const auto shape = file.read<Index>(matrix.dataset("shape"));
  matrix.genes = shape[0];
  matrix.cells = shape[1];
  if (matrix.genes < 1 || matrix.cells < 1 || matrix.genes > INT32_MAX || matrix.cells == INT64_MAX) {
    throw InputError(file.path(), matrix.dataset("shape"),
                     std::to_string(matrix.genes) + " genes and " + std::to_string(matrix.cells) + " cells",
                     "there must be some of both, and fewer than 2^31 genes");
  }
  matrix.stored = length_of(file, matrix.dataset("data"));
  require_length(file, matrix.dataset("indices"), matrix.stored);
  require_length(file, matrix.dataset("indptr"), matrix.cells + 1);
  require_length(file, matrix.dataset("barcodes"), matrix.cells);
  require_length(file, matrix.gene_names(), matrix.genes);
  require_length(file, matrix.gene_ids(), matrix.genes);
  return matrix;
}

Annotations read_tenx_barcodes(const Hdf5File& file, const TenxMatrix& matrix) {
  Annotations obs;
  obs.names = file.read_strings(matrix.dataset("barcodes"));
  return obs;
}

Annotations read_tenx_features(const Hdf5File& file, const TenxMatrix& matrix) {
  Annotations var;
  var.names = file.read_strings(matrix.gene_names());
  auto ids = file.read_strings(matrix.gene_ids());
  for (std::size_t j = 0; j < ids.size(); ++j) {
    if (var.names[j].empty()) var.names[j] = ids[j];
  }
  var.set("gene_ids", std::move(ids));
  if (!matrix.version_3) return var;
  for (const auto& name : file.children(matrix.dataset("features"))) {
    const auto dataset = matrix.dataset("features/" + name);
    if (name == "id" || name == "name" || name == "_all_tag_keys" || !file.is_dataset(dataset)) continue;
    const auto shape = file.shape(dataset);
    if (shape.kind != Hdf5Kind::string || shape.extent != std::vector<Index>{matrix.genes}) continue;
    var.set(name == "feature_type" ? "feature_types" : name, to_categorical(file.read_strings(dataset)));
  }
  return var;
}

StoredTenx open_tenx(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                     const Log& log) {
  const auto file = Hdf5File::open(comm, path);
  StoredTenx stored;
  TenxMatrix matrix;
  mpi::on_root(comm, [&] {
    matrix = find_tenx_matrix(file, genome);
    stored.obs = read_tenx_barcodes(file, matrix);
    stored.var = read_tenx_features(file, matrix);
    if (matrix.version_3 && !genome.empty()) {
      stored.features = of_genome(file, matrix, genome);
      stored.var = select(stored.var, stored.features);
    }
    make_cells_unique(stored.obs.names, log);
    make_genes_unique(stored.var.names, log);
  });
  matrix.group = mpi::broadcast(comm, std::move(matrix.group));
  matrix.version_3 = mpi::broadcast(comm, matrix.version_3);
  matrix.cells = mpi::broadcast(comm, matrix.cells);
  matrix.genes = mpi::broadcast(comm, matrix.genes);
  stored.features = mpi::broadcast(comm, std::move(stored.features));
  stored.cells = mpi::run_collectively(comm, [&] {
    return std::make_shared<StoredSparseRows>(
        CompressedMatrix(file, {matrix.dataset("indptr"), matrix.dataset("indices"), matrix.dataset("data")},
                         matrix.cells, matrix.genes),
        matrix.dataset("indices"));
  });
  return stored;
}

ExpressionMatrix read_tenx(const mpi::Communicator& comm, const std::string& path, const std::string& genome,
                           const Log& log) {
  auto stored = open_tenx(comm, path, genome, log);
  Matrix x = read_share(comm, stored.cells);
  if (!stored.features.empty()) x = select_columns(std::move(x), stored.features);
  return {std::move(x), std::move(stored.obs), std::move(stored.var)};
}

}  // namespace replearn::io
