#include "io/anndata/h5ad_reader.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "io/anndata/float32_loss.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/anndata/h5ad_sparse.hpp"
#include "io/anndata/matrix_column.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/stored_matrix.hpp"
#include "io/tables/column_types.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {

struct H5adReader::Implementation {
  Implementation(const mpi::Communicator& ranks, const std::string& path)
      : comm(ranks), file(Hdf5File::open(ranks, path)) {}
  const mpi::Communicator& comm;
  Hdf5File file;
  RowPartition partition;
  Index columns = 0;

  /// Number of columns implied by the element's path and its names; nothing if unknown.
  std::optional<Index> columns_of(const std::string& element) const {
    if (element == "X" || element.starts_with("layers/")) return columns;
    if (element.starts_with("obsp/")) return partition.rows();
    if (element == "raw/X" && file.exists("raw/var")) return layout::count_names(file, "raw/var");
    return {};
  }
  /// Storage of a matrix whose shape agrees with obs and var. Collective.
  layout::Storage checked_storage(const std::string& element) const;
};

H5adReader::H5adReader(const mpi::Communicator& comm, const std::string& path)
    : self_(std::make_unique<Implementation>(comm, path)) {
  const auto& file = self_->file;
  const auto size = mpi::run_collectively(comm, [&] {
    std::vector<Index> found = {layout::count_names(file, "obs"), layout::count_names(file, "var")};
    if (file.exists("X")) {
      const auto shape = layout::shape_of(file, "X");
      if (shape != found) {
        throw InputError(path, "X",
                         "is " + std::to_string(shape[0]) + " x " + std::to_string(shape[1]) + ", but obs has " +
                             std::to_string(found[0]) + " names and var " + std::to_string(found[1]),
                         "write the file again");
      }
    }
    return found;
  });
  // Elements that are copied to the output and annotations() are needed only after the computation; their names are
  // checked now.
  mpi::on_root(comm, [&] {
    for (const char* table : {"obs", "var", "raw/var"}) {
      if (file.exists(table)) layout::columns_of(file, table);
    }
  });
  if (size[0] == 0) throw InputError(path, "obs", "has no rows", "use a file with at least one row");
  self_->partition = RowPartition(size[0], comm.shares());
  self_->columns = size[1];
}

H5adReader::~H5adReader() = default;
H5adReader::H5adReader(H5adReader&&) noexcept = default;

const std::string& H5adReader::path() const {
  return self_->file.path();
}
Index H5adReader::rows() const {
  return self_->partition.rows();
}
Index H5adReader::columns() const {
  return self_->columns;
}
const RowPartition& H5adReader::partition() const {
  return self_->partition;
}
std::string H5adReader::float32_loss(const std::string& element) const {
  return self_->file.is_dataset(element) ? io::float32_loss(self_->file.dataset_at(element)) : "";
}
bool H5adReader::has(const std::string& element) const {
  return self_->file.exists(element);
}
std::vector<std::string> H5adReader::names(const std::string& group) const {
  return self_->file.children(group);
}

layout::Storage H5adReader::Implementation::checked_storage(const std::string& element) const {
  return mpi::run_collectively(comm, [&] {
    const auto kind = layout::storage_of(file, element);
    const auto shape = layout::shape_of(file, element);
    if (shape[0] != partition.rows()) {
      throw InputError(file.path(), element,
                       "has " + std::to_string(shape[0]) + " rows, obs has " + std::to_string(partition.rows()),
                       "write the file again");
    }
    if (const auto wide = columns_of(element); wide && *wide != shape[1]) {
      throw InputError(file.path(), element,
                       "has " + std::to_string(shape[1]) + " columns where there should be " + std::to_string(*wide),
                       "write the file again");
    }
    return kind;
  });
}

Matrix H5adReader::matrix(const std::string& element, bool keep_missing) const {
  const auto& comm = self_->comm;
  const auto storage = self_->checked_storage(element);
  if (storage == layout::Storage::csr) return read_csr(comm, self_->file, element, self_->partition);
  if (storage == layout::Storage::csc) return read_csc(comm, self_->file, element, self_->partition);
  return read_dense(comm, self_->file, element, self_->partition, keep_missing);
}

std::shared_ptr<const RowReader> H5adReader::rows_of(const std::string& element) const {
  const auto storage = self_->checked_storage(element);
  if (storage == layout::Storage::csc) return nullptr;
  return mpi::run_collectively(self_->comm, [&]() -> std::shared_ptr<const RowReader> {
    if (storage == layout::Storage::dense) {
      return std::make_shared<StoredDenseRows>(self_->file.dataset_at(element));
    }
    return std::make_shared<StoredSparseRows>(CompressedMatrix::of_element(self_->file, element), element);
  });
}

Index H5adReader::stored_values(const std::string& element) const {
  const auto& file = self_->file;
  const std::string values = layout::is_sparse(file, element) ? element + "/data" : element;
  if (!file.exists(values) || !file.is_dataset(values)) return 0;
  const auto extent = file.shape(values).extent;
  return std::accumulate(extent.begin(), extent.end(), Index{1}, std::multiplies<>());
}

Index H5adReader::width(const std::string& element) const {
  const auto& file = self_->file;
  if (!file.exists(element)) return 0;
  if (layout::is_sparse(file, element)) return layout::shape_of(file, element)[1];
  if (!file.is_dataset(element)) return 0;
  const auto extent = file.shape(element).extent;
  return extent.size() == 2 ? extent[1] : 0;
}

DistributedMatrix H5adReader::obsm(const std::string& key, bool keep_missing) const {
  const std::string element = "obsm/" + key;
  mpi::run_collectively(self_->comm, [&] {
    if (!self_->file.exists(element)) {
      const auto keys = names("obsm");
      throw InputError(path(), element, "no such key", suggest(key, keys));
    }
    const auto extent = self_->file.is_dataset(element) ? self_->file.shape(element).extent : std::vector<Index>{};
    if (extent.size() != 2 || extent[0] != rows()) {
      throw InputError(path(), element, "is not an array of " + std::to_string(rows()) + " rows", "choose another key");
    }
  });
  return read_dense(self_->comm, self_->file, element, self_->partition, keep_missing);
}

ReadBox H5adReader::obsp_boxes(const std::string& key) const {
  const std::string element = "obsp/" + key;
  mpi::run_collectively(self_->comm, [&] {
    if (!self_->file.exists(element)) throw InputError(path(), element, "no such key", suggest(key, names("obsp")));
    const auto shape = self_->file.is_dataset(element) ? self_->file.shape(element) : Hdf5Shape{};
    if (shape.extent != std::vector<Index>{rows(), rows()} || shape.kind == Hdf5Kind::string) {
      throw InputError(path(), element, "is not a dense array of " + std::to_string(rows()) + " rows and columns",
                       "write one with replearn pdist --form square");
    }
  });
  const auto* file = &self_->file;
  return [file, element](const ArrayBox& box, std::span<float> values) { file->read_box(element, box, values); };
}

RowMatrix H5adReader::varm(const std::string& key) const {
  const std::string element = "varm/" + key;
  return mpi::run_collectively(self_->comm, [&] {
    const auto extent =
        has(element) && self_->file.is_dataset(element) ? self_->file.shape(element).extent : std::vector<Index>{};
    if (extent.size() != 2 || extent[0] != columns()) {
      throw InputError(path(), element, "is not an array of " + std::to_string(columns()) + " rows",
                       "use a file that contains one");
    }
    const auto values = self_->file.read<float>(element);
    return RowMatrix(Eigen::Map<const RowMatrix>(values.data(), extent[0], extent[1]));
  });
}

std::vector<double> H5adReader::numbers(const std::string& element) const {
  return mpi::run_collectively(self_->comm, [&] {
    if (!has(element) || !self_->file.is_dataset(element)) {
      throw InputError(path(), element, "does not exist", "use a file that contains it");
    }
    return self_->file.read<double>(element);
  });
}

NeighborGraph H5adReader::graph(const std::string& key) const {
  const std::string element = "obsp/" + key;
  const auto matrix = this->matrix(element);
  const auto* sparse = std::get_if<SparseRows>(&matrix);
  if (!sparse || sparse->columns != rows()) {
    throw InputError(path(), element, "is not a sparse square matrix", "run replearn neighbors to compute one");
  }
  NeighborGraph graph{self_->partition, self_->comm.rank(), {0}, {}, {}};
  for (Index i = 0; i < sparse->local_rows(); ++i) {
    std::vector<std::pair<float, Index>> row;
    for (auto at = sparse->offsets[i]; at < sparse->offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const Index j = sparse->indices[at];
      if (j != graph.first_row() + i) row.emplace_back(sparse->values[at], j);
    }
    std::sort(row.begin(), row.end());
    for (const auto& [distance, j] : row) {
      graph.indices.push_back(j);
      graph.distances.push_back(distance);
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  mpi::run_collectively(self_->comm, [&] {
    for (const float distance : graph.distances) {
      if (distance < 0)
        throw InputError(path(), element, "holds a negative distance", "run replearn neighbors to recompute it");
    }
  });
  return graph;
}

Annotations H5adReader::annotations(const std::string& element) const {
  Annotations table;
  mpi::on_root(self_->comm, [&] {
    const auto& file = self_->file;
    table.index_name = layout::index_of(file, element);
    table.names = layout::read_names(file, element);
    for (const auto& name : layout::columns_of(file, element)) {
      Column column = layout::read_column(file, element + "/" + name);
      if (length(column) != table.size()) {
        throw InputError(
            path(), element + "/" + name,
            "has " + std::to_string(length(column)) + " entries for " + std::to_string(table.size()) + " names",
            "write the file again");
      }
      table.columns.emplace_back(name, std::move(column));
    }
  });
  return table;
}

std::vector<std::uint8_t> H5adReader::var_flags(const std::string& name) const {
  std::vector<std::uint8_t> flags;
  mpi::on_root(self_->comm, [&] {
    const std::string element = "var/" + name;
    if (!self_->file.exists(element)) return;
    const Column column = layout::read_column(self_->file, element);
    flags = flags_of(column, path(), element);
    if (static_cast<Index>(flags.size()) != columns()) {
      throw InputError(path(), element,
                       "has " + std::to_string(flags.size()) + " entries for " + std::to_string(columns()) + " names",
                       "write the file again");
    }
  });
  return mpi::broadcast(self_->comm, std::move(flags));
}

std::optional<std::string> H5adReader::text(const std::string& element) const {
  return mpi::run_collectively(self_->comm, [&]() -> std::optional<std::string> {
    const auto& file = self_->file;
    if (!file.is_dataset(element)) return {};
    const auto shape = file.shape(element);
    if (shape.kind != Hdf5Kind::string || !shape.extent.empty()) return {};
    return file.read_strings(element).at(0);
  });
}

std::vector<std::string> H5adReader::texts(const std::string& element) const {
  return mpi::run_collectively(self_->comm, [&] {
    const auto& file = self_->file;
    const bool there = file.is_dataset(element) && file.shape(element).kind == Hdf5Kind::string;
    if (!there) return std::vector<std::string>{};
    const auto texts = file.dataset_at(element);
    return texts.read_strings(texts.whole());
  });
}

std::optional<double> H5adReader::number(const std::string& element) const {
  return mpi::run_collectively(self_->comm, [&]() -> std::optional<double> {
    const auto& file = self_->file;
    if (!file.is_dataset(element)) return {};
    const auto shape = file.shape(element);
    const bool number =
        shape.kind == Hdf5Kind::real || shape.kind == Hdf5Kind::integer || shape.kind == Hdf5Kind::unsigned_integer;
    if (!number || !shape.extent.empty()) return {};
    return file.read_scalar<double>(element);
  });
}

std::vector<float> H5adReader::gene(const std::string& name) const {
  std::vector<float> values;
  mpi::on_root(self_->comm, [&] {
    std::vector<std::string> all;
    if (!self_->file.exists("X") && !self_->file.exists("raw/X")) {
      throw InputError(path(), "X", "is missing, so there are no values of genes", layout::without_x_hint);
    }
    for (const char* part : {"raw/", ""}) {  // as in Scanpy: raw, if present, holds the values before scaling
      const std::string var = part + std::string("var"), x = part + std::string("X");
      if (!self_->file.exists(var) || !self_->file.exists(x)) continue;
      const auto genes = layout::read_names(self_->file, var);
      const auto at = std::find(genes.begin(), genes.end(), name);
      if (at != genes.end()) {
        const auto shape = layout::shape_of(self_->file, x);
        if (shape != std::vector<Index>{rows(), static_cast<Index>(genes.size())}) {
          throw InputError(path(), x,
                           "is " + extent_text(shape) + ", but there are " + std::to_string(rows()) + " cells and " +
                               std::to_string(genes.size()) + " genes",
                           "write the file again");
        }
        values = read_column_of(self_->file, x, at - genes.begin());
        return;
      }
      all.insert(all.end(), genes.begin(), genes.end());
    }
    throw InputError(path(), "'" + name + "'", "no such gene", suggest(name, all));
  });
  return values;
}

}  // namespace replearn::io
