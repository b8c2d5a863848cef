#include "io/anndata/loom.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/inspect_hdf5.hpp"
#include "io/names.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// Attributes of one axis; names are the first existing attribute among `usual`.
Annotations read_attributes(const Hdf5File& file, const std::string& group, Index length,
                            std::initializer_list<const char*> usual) {
  Annotations table;
  std::string index;
  for (const char* name : usual) {
    const std::string path = group + "/" + name;
    if (index.empty() && file.is_dataset(path) && file.shape(path).kind == Hdf5Kind::string) index = name;
  }
  for (const auto& name : file.children(group)) {
    const std::string path = group + "/" + name;
    if (!file.is_dataset(path)) continue;
    const auto shape = file.shape(path);
    if (shape.extent != std::vector<Index>{length} || !(shape.is_number() || shape.kind == Hdf5Kind::string)) continue;
    if (name == index) {
      table.names = file.read_strings(path);
    } else {
      table.set(name, layout::read_column(file, path));
    }
  }
  if (table.names.empty()) table.names = numbered_names(length);
  return table;
}

/// Reads this rank's cells in slabs of genes, the order of the file.
DistributedMatrix read_cells(const Hdf5File& file, const RowPartition& cells, int rank, Index genes) {
  constexpr Index slab_values = Index{1} << 22;
  DistributedMatrix x(cells, rank, genes);
  const Index mine = x.local_rows(), at_once = std::max<Index>(1, slab_values / std::max<Index>(mine, 1));
  std::vector<float> slab;
  for (Index first = 0; first < genes && mine > 0; first += at_once) {
    const Index count = std::min(at_once, genes - first);
    slab.resize(count * mine);
    file.read_box("matrix", {{first, x.first_row()}, {count, mine}}, slab);
    for (Index g = 0; g < count; ++g) {
      for (Index i = 0; i < mine; ++i) x.local(i, first + g) = slab[g * mine + i];
    }
  }
  return x;
}

}  // namespace

bool is_loom(const Hdf5File& file) {
  return file.is_dataset("matrix") && file.is_group("row_attrs") && file.is_group("col_attrs");
}

ExpressionMatrix read_loom(const mpi::Communicator& comm, const std::string& path, const Log& log) {
  const auto file = Hdf5File::open(comm, path);
  ExpressionMatrix data;
  std::vector<Index> extent;
  mpi::on_root(comm, [&] {
    const auto shape = file.shape("matrix");
    if (shape.extent.size() != 2 || !shape.is_number() || shape.extent[0] < 1 || shape.extent[1] < 1) {
      throw InputError(path, "matrix", "is not a numeric matrix, genes x cells", "write the file again");
    }
    extent = shape.extent;
    const auto matrix = file.dataset_at("matrix");
    matrix.require_room(shape.size() / comm.size(), sizeof(float));
    matrix.require_room(extent[0] + extent[1], 2 * sizeof(std::string));  // names, which may be generated
    data.var = read_attributes(file, "row_attrs", extent[0],
                               {"Gene", "gene_names", "var_names", "gene", "Accession", "gene_ids"});
    data.obs = read_attributes(file, "col_attrs", extent[1],
                               {"CellID", "obs_names", "cell_names", "cell_id", "barcode", "Barcode"});
    make_cells_unique(data.obs.names, log);
    make_genes_unique(data.var.names, log);
    const auto layers = file.children("layers");
    log.line("read as a Loom file: its main matrix" +
             (layers.empty() ? std::string() : fmt::format("; {} layers are skipped", layers.size())));
  });
  extent = mpi::broadcast(comm, std::move(extent));
  const RowPartition cells(extent[1], comm.shares());
  auto x = mpi::run_collectively(comm, [&] {
    auto mine = read_cells(file, cells, comm.rank(), extent[0]);
    for (Index i = 0; i < mine.local.size(); ++i) {
      if (const float value = mine.local.data()[i]; value - value != 0) {
        throw InputError(path, "matrix",
                         fmt::format("the value of gene {} and cell {} is not finite", i % extent[0],
                                     mine.first_row() + i / extent[0]),
                         "replace it");
      }
    }
    return mine;
  });
  const Index stored = mpi::all_reduce(comm, static_cast<Index>((x.local.array() != 0).count()), mpi::Reduction::sum);
  if (stored < extent[0] * extent[1] / 2) {
    data.x = to_sparse(x);
  } else {
    data.x = std::move(x);
  }
  return data;
}

std::vector<std::string> inspect_loom(const std::string& path) {
  const auto file = Hdf5File::open(path);
  const auto listed = [&](const std::string& group) {
    std::string text;
    for (const auto& name : file.children(group)) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  const auto shape = file.shape("matrix");
  if (shape.extent.size() != 2) throw InputError(path, "matrix", "is not a matrix", "write the file again");
  return {shape_line(shape.extent[1], shape.extent[0]), "stored values: all (dense), " + shape.type_name(),
          "attributes of cells: " + listed("col_attrs"), "attributes of genes: " + listed("row_attrs"),
          "layers: " + listed("layers")};
}

}  // namespace replearn::io
