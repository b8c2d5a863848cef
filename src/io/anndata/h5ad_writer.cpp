#include "io/anndata/h5ad_writer.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <numeric>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_check.hpp"
#include "io/anndata/h5ad_elements.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/anndata/h5ad_parts.hpp"
#include "io/anndata/h5ad_skeleton.hpp"
#include "io/anndata/h5ad_transfers.hpp"
#include "io/durable.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

Index size_of(const std::vector<Index>& extent) {
  return std::accumulate(extent.begin(), extent.end(), Index{1}, std::multiplies<>());
}

/// The rows of a table must be those of the job.
void require_names(const Hdf5File& file, const std::string& table, const std::vector<std::string>& wanted) {
  const auto names = layout::read_names(file, table);
  if (names == wanted) return;
  const std::string hint = "results can be added to the file from which they were computed";
  if (names.size() != wanted.size()) {
    throw InputError(file.path(), table, fmt::format("has {} names, the input {}", names.size(), wanted.size()), hint);
  }
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(names, wanted).in1 - names.begin());
  throw InputError(file.path(), table,
                   fmt::format("name {} is '{}', in the input it is '{}'", at + 1, names[at], wanted[at]), hint);
}

}  // namespace

struct H5adWriter::Implementation {
  explicit Implementation(const mpi::Communicator& ranks) : comm(ranks) {}
  const mpi::Communicator& comm;
  std::string path, temporary, base;
  std::vector<std::string> added;                      // further files
  std::vector<std::set<std::string>> added_elements;   // of each of them, on root
  Masks masks;
  H5adParts parts;
  std::optional<Compression> compression;

  /// Checks that a file can be written there. Collective.
  void choose(const std::string& wanted);
  void remove_temporary() {
    std::error_code ignored;
    if (comm.is_root() && !temporary.empty()) fs::remove(temporary, ignored);
  }
  const Compression* recompression() const { return compression ? &*compression : nullptr; }

  /// Lower bound of the file size: elements copied in stored form and new uncompressed arrays. The compressed size of
  /// other arrays is unknown, so a disk on which they may fit is accepted. Root.
  Index min_bytes(const std::map<std::string, Index>& stored) const;
  /// The files whose elements are copied.
  std::vector<std::string> sources() const;
  /// Whether an element of one of them is replaced, by a new one or by that of a later file. Root.
  bool replaces(std::size_t source, const std::string& element) const;
  /// Datasets of a source that are copied unfiltered with their compression.
  Index carried_bytes(std::size_t source) const;
  bool stays_as_it_is(std::size_t source, const std::string& element, hid_t dataset) const;
  Compression compression_of_new_arrays() const;
  /// Writes the copied elements and adds the new ones; returns the transfers from each source left to all ranks. Root.
  std::vector<std::vector<Transfer>> make_skeleton(Hdf5File& file, const std::map<std::string, Index>& stored);
  /// Creates the temporary file and writes all values. Collective.
  void write();
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
      throw InputError(path, "", "the folder " + folder.string() + " does not exist",
                       "create it, or choose another --output");
    }
    if (fs::is_directory(target, error)) throw InputError(path, "", "is a folder", "give a file name with --output");
    remove_leftovers(path);
    temporary = temporary_path(path);
    const int probe = ::open(temporary.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (probe < 0) {
      throw InputError(path, "", "the folder " + folder.string() + " cannot be written to",
                       "choose another --output, or change its permissions");
    }
    ::close(probe);
    fs::remove(temporary, error);
  });
}

H5adWriter::~H5adWriter() = default;
H5adWriter::H5adWriter(H5adWriter&&) noexcept = default;

void H5adWriter::base(const std::string& h5ad_path, const std::function<bool(const std::string&)>& replaced) {
  mpi::on_root(self_->comm, [&] {
    std::error_code error;
    if (fs::equivalent(h5ad_path, self_->path, error)) {
      throw InputError(self_->path, "", "is both the input and the output",
                       "choose another --output: an input is never overwritten");
    }
    check_carried(Hdf5File::open(h5ad_path), replaced);
  });
  self_->base = h5ad_path;
}

void H5adWriter::carry_tables_only() {
  self_->parts.tables_only = true;
}

std::set<std::string> H5adWriter::add(const std::string& h5ad_path, const std::vector<std::string>& obs,
                                      const std::vector<std::string>& var) {
  self_->added.push_back(h5ad_path);
  auto& elements = self_->added_elements.emplace_back();
  mpi::on_root(self_->comm, [&] {
    const auto file = Hdf5File::open(h5ad_path);
    require_names(file, "obs", obs);
    require_names(file, "var", var);
    check_carried(file, {});
    elements = elements_of(file);
  });
  return elements;
}

void H5adWriter::drop(const std::string& element) {
  self_->parts.dropped.insert(element);
}
void H5adWriter::redirect(const std::string& path) {
  self_->choose(path);
}
void H5adWriter::keep_obs(std::vector<std::uint8_t> mask) {
  self_->masks.obs = std::move(mask);
}
void H5adWriter::keep_var(std::vector<std::uint8_t> mask) {
  self_->masks.var = std::move(mask);
}
void H5adWriter::compress(const Compression& compression) {
  self_->compression = compression;
}
void H5adWriter::put_matrix(const std::string& element, const Matrix& matrix) {
  put_rows(element, std::make_shared<MatrixRows>(matrix));
}
void H5adWriter::put_rows(const std::string& element, std::shared_ptr<const RowBlocks> rows) {
  self_->parts.matrices[element] = std::move(rows);
}
void H5adWriter::put_obs(const Annotations& table) {
  self_->parts.obs = table;
}
void H5adWriter::put_var(const Annotations& table) {
  self_->parts.var = table;
}
void H5adWriter::put_obs_column(const std::string& name, Column column) {
  self_->parts.obs_columns.emplace_back(name, std::move(column));
}
void H5adWriter::put_var_column(const std::string& name, Column column) {
  self_->parts.var_columns.emplace_back(name, std::move(column));
}
void H5adWriter::put_obsm(const std::string& key, const DistributedMatrix& matrix) {
  self_->parts.obsm["obsm/" + key] = &matrix;
}
void H5adWriter::put_varm(const std::string& key, const RowMatrix& matrix) {
  self_->parts.varm["varm/" + key] = &matrix;
}
void H5adWriter::put_graph(const std::string& key, const NeighborGraph& graph) {
  self_->parts.graphs["obsp/" + key] = &graph;
}
void H5adWriter::put_computed(const std::string& element, std::vector<Index> extent,
                              std::function<void(const WriteBox&)> fill) {
  self_->parts.computed[element] = {std::move(extent), std::move(fill)};
}
void H5adWriter::put_uns(const std::string& name, Value value) {
  self_->parts.uns.emplace_back(name, std::move(value));
}
bool H5adWriter::is_given(const std::string& element) const {
  return self_->parts.replaces(element);
}
void H5adWriter::put_frames(const std::string& name, const RowPartition& partition,
                            const std::vector<RowMatrix>& frames) {
  self_->parts.frames["uns/" + name] = {partition, &frames};
}

std::vector<std::string> H5adWriter::Implementation::sources() const {
  std::vector<std::string> all;
  if (!base.empty()) all.push_back(base);
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

bool H5adWriter::Implementation::replaces(std::size_t source, const std::string& element) const {
  if (parts.replaces(element)) return true;
  const std::size_t later = base.empty() ? source + 1 : source;
  return std::any_of(added_elements.begin() + static_cast<std::ptrdiff_t>(later), added_elements.end(),
                     [&](const auto& elements) { return elements.contains(element); });
}

Index H5adWriter::Implementation::carried_bytes(std::size_t source) const {
  struct Visit {
    const Implementation* self;
    std::size_t source;
    Index bytes;
  } visit{this, source, 0};
  const auto add = [](hid_t start, const char* name, const H5O_info_t* info, void* data) -> herr_t {
    if (info->type != H5O_TYPE_DATASET) return 0;
    auto& [self, from, bytes] = *static_cast<Visit*>(data);
    const Hdf5Handle dataset(H5Dopen2(start, name, H5P_DEFAULT), H5Dclose);
    if (dataset.ok() && self->stays_as_it_is(from, name, dataset.id()))
      bytes += static_cast<Index>(H5Dget_storage_size(dataset.id()));
    return 0;
  };
  const auto file = Hdf5File::open(sources()[source]);
  H5Ovisit2(file.id(), H5_INDEX_NAME, H5_ITER_NATIVE, add, &visit, H5O_INFO_BASIC);
  return visit.bytes;
}

bool H5adWriter::Implementation::stays_as_it_is(std::size_t source, const std::string& element, hid_t dataset) const {
  const Cut axes = axes_at(element);
  if (!masks.of(axes.rows).empty() || !masks.of(axes.columns).empty()) return false;
  if (compression && compression_like(dataset) != *compression) return false;
  return !holds_at_or_above(element, [&](const std::string& each) { return replaces(source, each); });
}

Compression H5adWriter::Implementation::compression_of_new_arrays() const {
  if (compression || base.empty()) return compression.value_or(Compression{});
  return compression_of_x(Hdf5File::open(base));
}

Index H5adWriter::Implementation::min_bytes(const std::map<std::string, Index>& stored) const {
  constexpr Index number = sizeof(float), index = sizeof(std::int32_t);
  Index bytes = 0;
  for (std::size_t source = 0; source < sources().size(); ++source) bytes += carried_bytes(source);
  for (const auto& [element, frames] : parts.frames) bytes += number * size_of(frames.extent());
  for (const auto& entry : parts.varm) bytes += number * entry.second->size();
  if (compression_of_new_arrays().filter != Compression::Filter::none) return bytes;
  for (const auto& entry : stored) bytes += entry.second * (number + index);
  for (const auto& [element, matrix] : parts.matrices) {
    if (!stored.contains(element)) bytes += number * matrix->rows() * matrix->columns();
  }
  for (const auto& entry : parts.obsm) bytes += number * entry.second->rows() * entry.second->columns();
  for (const auto& entry : parts.computed) bytes += number * size_of(entry.second.extent);
  return bytes;
}

std::vector<std::vector<Transfer>> H5adWriter::Implementation::make_skeleton(
    Hdf5File& file, const std::map<std::string, Index>& stored) {
  const auto paths = sources();
  std::vector<Hdf5File> files;
  std::vector<std::unique_ptr<H5adCarrier>> carriers;
  files.reserve(paths.size());
  for (std::size_t source = 0; source < paths.size(); ++source) {
    files.push_back(Hdf5File::open(paths[source]));
    carriers.push_back(std::make_unique<H5adCarrier>(
        files.back(), file, masks, [this, source](const std::string& element) { return replaces(source, element); },
        recompression()));
  }
  H5adSkeleton skeleton(file, parts, stored, compression_of_new_arrays());
  const std::size_t bases = base.empty() ? 0 : 1;
  skeleton.carry(bases ? carriers[0].get() : nullptr, bases ? &files[0] : nullptr);
  for (std::size_t source = bases; source < paths.size(); ++source) skeleton.carry_more(*carriers[source]);
  skeleton.add();
  std::vector<std::vector<Transfer>> transfers;
  for (auto& carrier : carriers) {
    carrier->finish();
    transfers.push_back(carrier->transfers());
  }
  return transfers;
}

void H5adWriter::Implementation::write() {
  const auto stored = parts.stored_values(comm);
  std::optional<Hdf5File> file;  // on root
  const auto paths = sources();
  std::vector<std::vector<Transfer>> listed(paths.size());
  mpi::on_root(comm, [&] {
    file = Hdf5File::create(temporary);
    reserve(temporary, min_bytes(stored));
    listed = make_skeleton(*file, stored);
  });
  std::list<H5adTransfers> transfers;
  auto arrays = parts.arrays(stored);
  for (std::size_t source = 0; source < paths.size(); ++source) {
    auto& from = transfers.emplace_back(comm, paths[source], listed[source], masks);
    mpi::on_root(comm, [&] { from.make_sparse(*file, recompression()); });
    const auto carried = from.arrays();
    arrays.insert(arrays.end(), carried.begin(), carried.end());
  }
  const auto places = places_of(comm, file ? &*file : nullptr, arrays);
  // Values with a fixed offset are written without HDF5, while no process has the file open.
  mpi::on_root(comm, [&] {
    file->close();
    reserve(temporary, static_cast<Index>(fs::file_size(temporary)));
  });
  const auto fill = [&](ArrayWriter& writer, bool compressed) {
    for (const auto& from : transfers) from.fill(writer, places, compressed);
    fill_parts(writer, parts, places, compressed, path);
  };
  std::optional<ArrayWriter> writer;
  mpi::run_collectively(comm, [&] { writer.emplace(comm, temporary, nullptr); });
  fill(*writer, false);
  writer->synchronize();
  if (std::none_of(places.begin(), places.end(), [](const auto& place) { return place.is_compressed(); })) return;
  mpi::on_root(comm, [&] { file = Hdf5File::modify(temporary); });
  mpi::run_collectively(comm, [&] { writer.emplace(comm, temporary, file ? &*file : nullptr); });
  fill(*writer, true);
  mpi::on_root(comm, [&] { file->close(); });
}

void H5adWriter::commit(const std::function<void()>& before_appearing) {
  auto& self = *self_;
  try {
    self.temporary = mpi::broadcast(self.comm, self.temporary);
    self.write();
    mpi::on_root(self.comm, [&] {
      if (before_appearing) before_appearing();
      io::commit(self.temporary, self.path);
    });
  } catch (...) {
    self.remove_temporary();
    throw;
  }
}

}  // namespace replearn::io
