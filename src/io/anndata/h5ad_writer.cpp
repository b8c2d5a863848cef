#include "io/anndata/h5ad_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "io/anndata/h5ad_carry.hpp"
#include "io/anndata/h5ad_check.hpp"
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

}  // namespace

struct H5adWriter::Implementation {
  explicit Implementation(const mpi::Communicator& ranks) : comm(ranks) {}
  const mpi::Communicator& comm;
  std::string path, temporary, base;
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
  /// Datasets of the base file that are copied unfiltered with their compression.
  Index carried_bytes(const Hdf5File& source) const;
  bool stays_as_it_is(const std::string& element, hid_t dataset) const;
  /// Writes the copied elements and adds the new ones; returns the transfers left to all ranks. Root.
  std::vector<Transfer> make_skeleton(Hdf5File& file, const std::map<std::string, Index>& stored);
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
  self_->parts.matrices[element] = &matrix;
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
void H5adWriter::put_frames(const std::string& name, const RowPartition& partition,
                            const std::vector<RowMatrix>& frames) {
  self_->parts.frames["uns/" + name] = {partition, &frames};
}

Index H5adWriter::Implementation::carried_bytes(const Hdf5File& source) const {
  struct Visit {
    const Implementation* self;
    Index bytes;
  } visit{this, 0};
  const auto add = [](hid_t start, const char* name, const H5O_info_t* info, void* data) -> herr_t {
    if (info->type != H5O_TYPE_DATASET) return 0;
    auto& [self, bytes] = *static_cast<Visit*>(data);
    const Hdf5Handle dataset(H5Dopen2(start, name, H5P_DEFAULT), H5Dclose);
    if (dataset.ok() && self->stays_as_it_is(name, dataset.id()))
      bytes += static_cast<Index>(H5Dget_storage_size(dataset.id()));
    return 0;
  };
  H5Ovisit2(source.id(), H5_INDEX_NAME, H5_ITER_NATIVE, add, &visit, H5O_INFO_BASIC);
  return visit.bytes;
}

bool H5adWriter::Implementation::stays_as_it_is(const std::string& element, hid_t dataset) const {
  const Cut axes = axes_at(element);
  if (!masks.of(axes.rows).empty() || !masks.of(axes.columns).empty()) return false;
  if (compression && compression_like(dataset) != *compression) return false;
  return !holds_at_or_above(element, [this](const std::string& each) { return parts.replaces(each); });
}

Index H5adWriter::Implementation::min_bytes(const std::map<std::string, Index>& stored) const {
  constexpr Index number = sizeof(float), index = sizeof(std::int32_t);
  Index bytes = 0;
  auto compressed_by = compression.value_or(Compression{});
  if (!base.empty()) {
    const Hdf5File source = Hdf5File::open(base);
    bytes += carried_bytes(source);
    if (!compression) compressed_by = compression_of_x(source);
  }
  for (const auto& [element, frames] : parts.frames) bytes += number * size_of(frames.extent());
  for (const auto& entry : parts.varm) bytes += number * entry.second->size();
  if (compressed_by.filter != Compression::Filter::none) return bytes;
  for (const auto& entry : stored) bytes += entry.second * (number + index);
  for (const auto& [element, matrix] : parts.matrices) {
    if (!stored.contains(element)) bytes += number * rows(*matrix) * columns(*matrix);
  }
  for (const auto& entry : parts.obsm) bytes += number * entry.second->rows() * entry.second->columns();
  for (const auto& entry : parts.computed) bytes += number * size_of(entry.second.extent);
  return bytes;
}

std::vector<Transfer> H5adWriter::Implementation::make_skeleton(Hdf5File& file,
                                                                const std::map<std::string, Index>& stored) {
  if (base.empty()) {
    H5adSkeleton skeleton(file, parts, stored, compression.value_or(Compression{}));
    skeleton.carry(nullptr, nullptr);
    skeleton.add();
    return {};
  }
  const auto source = Hdf5File::open(base);
  H5adSkeleton skeleton(file, parts, stored, compression ? *compression : compression_of_x(source));
  H5adCarrier carrier(
      source, file, masks, [this](const std::string& element) { return parts.replaces(element); }, recompression());
  skeleton.carry(&carrier, &source);
  skeleton.add();
  carrier.finish();
  return carrier.transfers();
}

void H5adWriter::Implementation::write() {
  const auto stored = parts.stored_values(comm);
  std::optional<Hdf5File> file;  // on root
  std::vector<Transfer> listed;
  mpi::on_root(comm, [&] {
    file = Hdf5File::create(temporary);
    reserve(temporary, min_bytes(stored));
    listed = make_skeleton(*file, stored);
  });
  H5adTransfers transfers(comm, base, listed, masks);
  mpi::on_root(comm, [&] { transfers.make_sparse(*file, recompression()); });
  auto arrays = parts.arrays(stored);
  const auto carried = transfers.arrays();
  arrays.insert(arrays.end(), carried.begin(), carried.end());
  const auto places = places_of(comm, file ? &*file : nullptr, arrays);
  // Values with a fixed offset are written without HDF5, while no process has the file open.
  mpi::on_root(comm, [&] {
    file->close();
    reserve(temporary, static_cast<Index>(fs::file_size(temporary)));
  });
  const auto fill = [&](ArrayWriter& writer, bool compressed) {
    transfers.fill(writer, places, compressed);
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
