#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.hpp"
#include "io/durable.hpp"
#include "io/numpy/numpy_archive.hpp"
#include "io/numpy/numpy_file.hpp"
#include "io/shared_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

std::string bytes_of(const void* values, std::size_t bytes) {
  return {static_cast<const char*>(values), bytes};
}

}  // namespace

void write_npy(const mpi::Communicator& comm, const std::string& path, const DistributedMatrix& matrix) {
  const std::string header = comm.is_root() ? npy_header("<f4", {matrix.rows(), matrix.columns()}) : std::string();
  const auto bytes = static_cast<Index>(sizeof(float)) * matrix.local.size();
  SharedFile file(comm, path, bytes + static_cast<Index>(header.size()));
  mpi::run_collectively(comm, [&] {
    file.write(header);
    constexpr Index slab = Index{1} << 24;
    const auto* from = reinterpret_cast<const char*>(matrix.local.data());
    for (Index done = 0; done < bytes; done += slab) {
      file.write(bytes_of(from + done, static_cast<std::size_t>(std::min(slab, bytes - done))));
    }
  });
  file.finish();
}

void write_npy(const mpi::Communicator& comm, const std::string& path, const std::vector<Index>& extent,
               const std::function<void(const WriteBox& write)>& fill) {
  const std::string header = npy_header("<f4", extent);
  const auto first = static_cast<Index>(header.size());
  const Index columns = extent.size() > 1 ? extent[1] : 1;
  const std::string temporary = mpi::broadcast(comm, comm.is_root() ? temporary_path(path) : std::string());
  const auto remove = [&] {
    std::error_code ignored;
    if (comm.is_root()) std::filesystem::remove(temporary, ignored);
  };
  try {
    mpi::on_root(comm, [&] {
      remove_leftovers(path);
      std::ofstream made(temporary, std::ios::binary);
      if (!made.write(header.data(), first).flush()) throw SystemError(path + ": cannot be written");
      reserve(temporary, first + 4 * extent[0] * columns);
    });
    const auto file = mpi::run_collectively(comm, [&] { return std::make_unique<PositionalWriter>(temporary); });
    fill([&](const ArrayBox& box, std::span<const float> values) {
      const bool lines = box.begin.size() > 1;
      const Index width = lines ? box.count[1] : 1, height = box.count[0];
      const bool whole = !lines || width == columns;  // the rows of the box are contiguous in the file
      const Index rows_at_once = whole ? height : 1;
      for (Index i = 0; i < height; i += rows_at_once) {
        const Index place = (box.begin[0] + i) * columns + (lines ? box.begin[1] : 0);
        file->write(first + 4 * place, values.data() + i * width, static_cast<std::size_t>(4 * rows_at_once * width));
      }
    });
    mpi::run_collectively(comm, [&] { file->synchronize(); });
    mpi::on_root(comm, [&] { commit(temporary, path); });
  } catch (...) {
    remove();
    throw;
  }
}

void write_npz(const mpi::Communicator& comm, const std::string& path, const NeighborGraph& graph) {
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i + 1 < graph.offsets.size(); ++i) counts.push_back(graph.offsets[i + 1] - graph.offsets[i]);
  const auto all_counts = mpi::gather_v(comm, counts);
  const std::vector<std::int64_t> mine(graph.indices.begin(), graph.indices.end());
  const auto indices = mpi::gather_v(comm, mine);
  const auto values = mpi::gather_v(comm, graph.distances);
  mpi::on_root(comm, [&] {
    std::vector<std::int64_t> indptr{0};
    for (const auto count : all_counts) indptr.push_back(indptr.back() + count);
    const std::int64_t shape[2] = {graph.rows(), graph.rows()};
    const std::string temporary = temporary_path(path);
    remove_leftovers(path);
    const auto extent = [](const auto& vector) { return std::vector<Index>{static_cast<Index>(vector.size())}; };
    NumpyArchiveWriter archive(temporary);
    archive.add("indices", npy_header("<i8", extent(indices)), bytes_of(indices.data(), 8 * indices.size()));
    archive.add("indptr", npy_header("<i8", extent(indptr)), bytes_of(indptr.data(), 8 * indptr.size()));
    archive.add("format", npy_header("|S3", {}), "csr");
    archive.add("shape", npy_header("<i8", {2}), bytes_of(shape, sizeof shape));
    archive.add("data", npy_header("<f4", extent(values)), bytes_of(values.data(), 4 * values.size()));
    archive.close();
    commit(temporary, path);
  });
}

}  // namespace replearn::io
