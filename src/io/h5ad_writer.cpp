#include "io/h5ad_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/durable.hpp"
#include "io/h5ad_carry.hpp"
#include "io/h5ad_layout.hpp"
#include "io/hdf5_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

/// Sparse rows as they stand in the file: where mine begin among all stored values.
struct SparseView {
  const std::vector<Index>* offsets;
  const float* values;
  const std::int32_t* narrow;  // one of these two
  const Index* wide;
  Index columns;
};

Index size_of(const std::vector<Index>& extent) {
  return std::accumulate(extent.begin(), extent.end(), Index{1}, std::multiplies<>());
}

}  // namespace

struct H5adWriter::Implementation {
  explicit Implementation(const mpi::Communicator& ranks) : comm(ranks) {}
  const mpi::Communicator& comm;
  std::string path, temporary, base;
  Mask keep_obs, keep_var;
  std::set<std::string> dropped;
  std::map<std::string, const Matrix*> matrices;
  std::map<std::string, const DistributedMatrix*> obsm;
  std::map<std::string, const RowMatrix*> varm;
  std::map<std::string, const NeighborGraph*> graphs;
  struct Computed {
    std::vector<Index> extent;
    std::function<void(const WriteBox&)> fill;
  };
  std::map<std::string, Computed> computed;
  std::optional<Annotations> obs, var;
  struct Frames {
    RowPartition partition;
    const std::vector<RowMatrix>* maps;
  };
  std::map<std::string, Frames> frames;
  std::vector<std::pair<std::string, Column>> obs_columns, var_columns;
  std::vector<std::pair<std::string, Value>> uns;

  /// Makes sure that a file can be written there. Collective.
  void choose(const std::string& wanted);
  void remove_temporary() {
    std::error_code ignored;
    if (comm.is_root() && !temporary.empty()) fs::remove(temporary, ignored);
  }

  // --- root, alone
  bool is_replaced(const std::string& element) const;
  /// How large the file will be, about: what is carried as it is stored in the input, and the new arrays.
  Index expected_bytes(const std::map<std::string, Index>& counts) const;
  void write_skeleton();
  void carry_table(const std::string& name, H5adCarrier* carrier, const Mask& keep,
                   const std::optional<Annotations>& whole, const std::vector<std::pair<std::string, Column>>& added,
                   Hdf5File& file);
  void make_dense(Hdf5File& file, const std::string& element, Index rows, Index columns);
  void make_sparse(Hdf5File& file, const std::string& element, Index rows, Index columns, Index stored);

  // --- all ranks
  std::map<std::string, Index> stored_values() const;
  void write_dense_rows(Hdf5File& file, const std::string& element, const DistributedMatrix& matrix);
  void write_sparse_rows(Hdf5File& file, const std::string& element, const RowPartition& partition,
                         const SparseView& view);
  void write_rows(Hdf5File& file);
};

H5adWriter::H5adWriter(const mpi::Communicator& comm, const std::string& path)
    : self_(std::make_unique<Implementation>(comm)) {
  self_->choose(path);
}

void H5adWriter::Implementation::choose(const std::string& wanted) {
  path = wanted;
  mpi::on_root(comm, [&] {
    const fs::path target(path);
    const fs::path folder = target.parent_path().empty() ? fs::path(".") : target.parent_path();
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
      throw InputError(path, "", "the folder " + folder.string() + " is not there",
                       "make it, or name another --output");
    }
    if (fs::is_directory(target, error)) throw InputError(path, "", "is a folder", "name a file with --output");
    remove_leftovers(path);
    temporary = aside_of(path);
    const int probe = ::open(temporary.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (probe < 0) {
      throw InputError(path, "", "the folder " + folder.string() + " cannot be written to",
                       "name another --output, or change its permissions");
    }
    ::close(probe);
    fs::remove(temporary, error);
  });
}

H5adWriter::~H5adWriter() = default;
H5adWriter::H5adWriter(H5adWriter&&) noexcept = default;

void H5adWriter::base(const std::string& h5ad_path) {
  mpi::on_root(self_->comm, [&] {
    std::error_code error;
    if (fs::equivalent(h5ad_path, self_->path, error)) {
      throw InputError(self_->path, "", "is the input and would be the output",
                       "name another --output: an input is never written to");
    }
  });
  self_->base = h5ad_path;
}

void H5adWriter::drop(const std::string& element) {
  self_->dropped.insert(element);
}
void H5adWriter::redirect(const std::string& path) {
  self_->choose(path);
}
void H5adWriter::keep_obs(std::vector<std::uint8_t> mask) {
  self_->keep_obs = std::move(mask);
}
void H5adWriter::keep_var(std::vector<std::uint8_t> mask) {
  self_->keep_var = std::move(mask);
}
void H5adWriter::put_matrix(const std::string& element, const Matrix& matrix) {
  self_->matrices[element] = &matrix;
}
void H5adWriter::put_obs(const Annotations& table) {
  self_->obs = table;
}
void H5adWriter::put_var(const Annotations& table) {
  self_->var = table;
}
void H5adWriter::put_obs_column(const std::string& name, Column column) {
  self_->obs_columns.emplace_back(name, std::move(column));
}
void H5adWriter::put_var_column(const std::string& name, Column column) {
  self_->var_columns.emplace_back(name, std::move(column));
}
void H5adWriter::put_obsm(const std::string& key, const DistributedMatrix& matrix) {
  self_->obsm["obsm/" + key] = &matrix;
}
void H5adWriter::put_varm(const std::string& key, const RowMatrix& matrix) {
  self_->varm["varm/" + key] = &matrix;
}
void H5adWriter::put_graph(const std::string& key, const NeighborGraph& graph) {
  self_->graphs["obsp/" + key] = &graph;
}
void H5adWriter::put_computed(const std::string& element, std::vector<Index> extent,
                              std::function<void(const WriteBox&)> fill) {
  self_->computed[element] = {std::move(extent), std::move(fill)};
}
void H5adWriter::put_uns(const std::string& name, Value value) {
  self_->uns.emplace_back(name, std::move(value));
}
void H5adWriter::put_frames(const std::string& name, const RowPartition& partition,
                            const std::vector<RowMatrix>& frames) {
  self_->frames["uns/" + name] = {partition, &frames};
}

// --- root writes everything but rows

bool H5adWriter::Implementation::is_replaced(const std::string& element) const {
  if (matrices.contains(element) || obsm.contains(element) || varm.contains(element) || graphs.contains(element) ||
      computed.contains(element) || dropped.contains(element))
    return true;
  const auto among = [&](const auto& list, const std::string& prefix) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return prefix + entry.first == element; });
  };
  return among(uns, "uns/") || among(obs_columns, "obs/") || among(var_columns, "var/");
}

void H5adWriter::Implementation::carry_table(const std::string& name, H5adCarrier* carrier, const Mask& keep,
                                             const std::optional<Annotations>& whole,
                                             const std::vector<std::pair<std::string, Column>>& added, Hdf5File& file) {
  if (whole) {
    Annotations table = *whole;
    for (const auto& [column, values] : added) table.set(column, values);
    return layout::write_dataframe(file, name, table);
  }
  auto columns = carrier->carry_columns(name, keep);
  for (const auto& [column, values] : added) {
    layout::write_column(file, name + "/" + column, values);
    columns.push_back(column);
  }
  const Hdf5File source = Hdf5File::open(base);
  layout::mark_dataframe(file, name, layout::index_of(source, name), columns);
}

void H5adWriter::Implementation::make_dense(Hdf5File& file, const std::string& element, Index rows, Index columns) {
  file.make_dataset(element, H5T_NATIVE_FLOAT, {rows, columns});
  layout::mark(file, element, "array", "0.2.0");
}

void H5adWriter::Implementation::make_sparse(Hdf5File& file, const std::string& element, Index rows, Index columns,
                                             Index stored) {
  file.make_group(element);
  layout::mark(file, element, "csr_matrix", "0.1.0");
  file.set_attribute(element, "shape", std::vector<Index>{rows, columns});
  file.make_dataset(element + "/data", H5T_NATIVE_FLOAT, {stored});
  // One type for both: SciPy converts no matrix to other layouts whose indices and indptr differ in type.
  const auto type = std::max(columns, stored) < (Index{1} << 31) ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64;
  file.make_dataset(element + "/indices", type, {stored});
  file.make_dataset(element + "/indptr", type, {rows + 1});
}

Index H5adWriter::Implementation::expected_bytes(const std::map<std::string, Index>& counts) const {
  constexpr Index number = sizeof(float), index = sizeof(Index), slack = Index{1} << 16;
  Index bytes = slack;
  if (!base.empty()) {
    bytes += static_cast<Index>(fs::file_size(base));
    const Hdf5File source = Hdf5File::open(base);
    const auto without = [&](const std::string& element) { bytes -= source.stored_bytes(element); };
    for (const auto& entry : matrices) without(entry.first);
    for (const auto& entry : obsm) without(entry.first);
    for (const auto& entry : varm) without(entry.first);
    for (const auto& entry : graphs) without(entry.first);
    for (const auto& entry : computed) without(entry.first);
  }
  for (const auto& [element, stored] : counts) bytes += stored * (number + index);
  for (const auto& [element, matrix] : matrices) {
    bytes += counts.contains(element) ? index * rows(*matrix) : number * rows(*matrix) * columns(*matrix);
  }
  for (const auto& entry : graphs) bytes += index * entry.second->rows();
  for (const auto& [element, of] : frames) {
    bytes += number * static_cast<Index>(of.maps->size()) * of.partition.rows() * of.maps->front().cols();
  }
  for (const auto& entry : obsm) bytes += number * entry.second->rows() * entry.second->columns();
  for (const auto& entry : varm) bytes += number * entry.second->size();
  for (const auto& entry : computed) bytes += number * size_of(entry.second.extent);
  return bytes;
}

void H5adWriter::Implementation::write_skeleton() {
  const auto counts = stored_values();
  mpi::on_root(comm, [&] {
    auto file = Hdf5File::create(temporary);
    reserve(temporary, expected_bytes(counts));
    layout::mark(file, "/", "anndata", "0.1.0");
    std::optional<Hdf5File> source;
    std::optional<H5adCarrier> carrier;
    if (!base.empty()) {
      source = Hdf5File::open(base);
      carrier.emplace(*source, file, [&](const std::string& element) { return is_replaced(element); });
    }
    carry_table("obs", carrier ? &*carrier : nullptr, keep_obs, obs, obs_columns, file);
    carry_table("var", carrier ? &*carrier : nullptr, keep_var, var, var_columns, file);
    for (const auto& name : layout::dictionaries) {
      layout::make_dictionary(file, name);
      if (!source) continue;
      const bool by_obs = name.starts_with("obs") || name == "layers", pairs = name.ends_with("p");
      const Mask& rows = name == "uns" ? Mask{} : by_obs ? keep_obs : keep_var;
      const Mask& columns = pairs ? rows : name == "layers" ? keep_var : Mask{};
      for (const auto& entry : source->children(name)) carrier->carry(name + "/" + entry, rows, columns);
    }
    if (source && source->exists("X")) carrier->carry("X", keep_obs, keep_var);
    if (source && source->exists("raw")) {
      file.make_group("raw");
      layout::mark(file, "raw", "raw", "0.1.0");
      carrier->carry("raw/X", keep_obs, {});
      for (const char* part : {"raw/var", "raw/varm"}) {
        if (source->exists(part)) carrier->carry(part, {}, {});
      }
    }
    for (const auto& [name, value] : uns) {
      // "a/b" goes into the dictionary a, which may have been carried.
      for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
        const std::string above = "uns/" + name.substr(0, slash);
        if (!file.exists(above)) layout::make_dictionary(file, above);
      }
      layout::write_value(file, "uns/" + name, value);
    }
    for (const auto& [element, of] : frames) {
      const auto count = static_cast<Index>(of.maps->size());
      file.make_dataset(element, H5T_NATIVE_FLOAT, {count, of.partition.rows(), of.maps->front().cols()});
      layout::mark(file, element, "array", "0.2.0");
    }
    for (const auto& [element, matrix] : varm) {
      file.write<float>(element, std::span<const float>(matrix->data(), static_cast<std::size_t>(matrix->size())),
                        {matrix->rows(), matrix->cols()});
      layout::mark(file, element, "array", "0.2.0");
    }
    for (const auto& [element, matrix] : obsm) make_dense(file, element, matrix->rows(), matrix->columns());
    for (const auto& [element, array] : computed) {
      file.make_dataset(element, H5T_NATIVE_FLOAT, array.extent);
      layout::mark(file, element, "array", "0.2.0");
    }
    for (const auto& [element, graph] : graphs)
      make_sparse(file, element, graph->rows(), graph->rows(), counts.at(element));
    for (const auto& [element, matrix] : matrices) {
      if (counts.contains(element))
        make_sparse(file, element, rows(*matrix), columns(*matrix), counts.at(element));
      else
        make_dense(file, element, rows(*matrix), columns(*matrix));
    }
    file.close();
    reserve(temporary, static_cast<Index>(fs::file_size(temporary)));
  });
}

// --- all ranks write their rows

/// How many values each sparse element stores over all ranks. Collective.
std::map<std::string, Index> H5adWriter::Implementation::stored_values() const {
  std::map<std::string, Index> counts;
  for (const auto& [element, graph] : graphs) counts[element] = static_cast<Index>(graph->indices.size());
  for (const auto& [element, matrix] : matrices) {
    if (const auto* sparse = std::get_if<SparseRows>(matrix)) counts[element] = sparse->local_nonzeros();
  }
  for (auto& [element, count] : counts) count = mpi::all_reduce(comm, count, mpi::Reduction::sum);
  return counts;
}

void H5adWriter::Implementation::write_dense_rows(Hdf5File& file, const std::string& element,
                                                  const DistributedMatrix& matrix) {
  file.write_rows<float>(element, matrix.first_row(), matrix.local_rows(),
                         std::span<const float>(matrix.local.data(), static_cast<std::size_t>(matrix.local.size())));
}

void H5adWriter::Implementation::write_sparse_rows(Hdf5File& file, const std::string& element,
                                                   const RowPartition& partition, const SparseView& view) {
  const Index mine = view.offsets->back();
  const auto by_rank = mpi::all_gather(comm, mine);
  Index first = 0;
  for (int r = 0; r < comm.rank(); ++r) first += by_rank[static_cast<std::size_t>(r)];
  mpi::together(comm, [&] {
    const auto count = static_cast<std::size_t>(mine);
    file.write_rows<float>(element + "/data", first, mine, {view.values, count});
    if (view.narrow)
      file.write_rows<std::int32_t>(element + "/indices", first, mine, {view.narrow, count});
    else
      file.write_rows<Index>(element + "/indices", first, mine, {view.wide, count});
    // Each rank writes where its rows begin; the one that holds the end of the matrix writes that too.
    std::vector<Index> indptr;
    for (std::size_t i = 0; i + 1 < view.offsets->size(); ++i) indptr.push_back(first + (*view.offsets)[i]);
    file.write_rows<Index>(element + "/indptr", partition.begin(comm.rank()), static_cast<Index>(indptr.size()),
                           indptr);
    if (comm.rank() == comm.size() - 1) {
      const Index end = first + mine;
      file.write_rows<Index>(element + "/indptr", partition.rows(), 1, {&end, 1});
    }
  });
}

void H5adWriter::Implementation::write_rows(Hdf5File& file) {
  for (const auto& [element, matrix] : obsm) {
    mpi::together(comm, [&] { write_dense_rows(file, element, *matrix); });
  }
  for (const auto& [element, array] : computed) {
    array.fill([&](const ArrayBox& box, std::span<const float> values) { file.write_box(element, box, values); });
  }
  for (const auto& [element, of] : frames) {
    mpi::together(comm, [&] {
      for (std::size_t f = 0; f < of.maps->size(); ++f) {
        const RowMatrix& map = (*of.maps)[f];
        file.write_box(element,
                       {{static_cast<Index>(f), of.partition.begin(comm.rank()), 0}, {1, map.rows(), map.cols()}},
                       {map.data(), static_cast<std::size_t>(map.size())});
      }
    });
  }
  for (const auto& [element, graph] : graphs) {
    write_sparse_rows(file, element, graph->partition,
                      {&graph->offsets, graph->distances.data(), nullptr, graph->indices.data(), graph->rows()});
  }
  for (const auto& [element, matrix] : matrices) {
    if (const auto* dense = std::get_if<DistributedMatrix>(matrix)) {
      mpi::together(comm, [&] { write_dense_rows(file, element, *dense); });
    } else {
      const auto& sparse = std::get<SparseRows>(*matrix);
      write_sparse_rows(file, element, sparse.partition,
                        {&sparse.offsets, sparse.values.data(), sparse.indices.data(), nullptr, sparse.columns});
    }
  }
}

void H5adWriter::commit(const std::function<void()>& before_appearing) {
  auto& self = *self_;
  try {
    self.temporary = mpi::broadcast(self.comm, self.temporary);
    self.write_skeleton();
    auto file = Hdf5File::modify(self.comm, self.temporary);
    self.write_rows(file);
    file.close();
    mpi::on_root(self.comm, [&] {
      if (before_appearing) before_appearing();
      appear(self.temporary, self.path);
    });
  } catch (...) {
    self.remove_temporary();
    throw;
  }
}

}  // namespace replearn::io
