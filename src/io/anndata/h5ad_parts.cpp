#include "io/anndata/h5ad_parts.hpp"

#include <algorithm>
#include <span>

#include "io/scratch_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// Sparse rows in memory.
struct SparseView {
  const RowPartition& partition;
  const std::vector<Index>& offsets;
  std::span<const float> values;
  std::span<const std::int32_t> narrow;  // exactly one of these two is used
  std::span<const Index> wide;
};

template <class T>
std::span<const std::byte> bytes_of(const T* values, Index count) {
  return std::as_bytes(std::span<const T>(values, static_cast<std::size_t>(count)));
}

template <class From>
std::vector<std::byte> whole_numbers(std::span<const From> values, Index element_bytes) {
  std::vector<std::byte> bytes(values.size() * static_cast<std::size_t>(element_bytes));
  if (element_bytes == sizeof(std::int32_t)) {
    std::copy(values.begin(), values.end(), reinterpret_cast<std::int32_t*>(bytes.data()));
  } else {
    std::copy(values.begin(), values.end(), reinterpret_cast<std::int64_t*>(bytes.data()));
  }
  return bytes;
}

class Filler {
 public:
  Filler(ArrayWriter& writer, const std::vector<ArrayPlace>& places, bool compressed)
      : writer_(writer), places_(places), compressed_(compressed) {}

  /// Destination of a dataset if it is to be written now; else nullptr.
  const ArrayPlace* due(const std::string& element) const {
    const auto at = std::find_if(places_.begin(), places_.end(), [&](const auto& p) { return p.element == element; });
    return at->is_compressed() == compressed_ ? &*at : nullptr;
  }

  void dense(const std::string& element, const DistributedMatrix& matrix) {
    const auto* place = due(element);
    if (place) writer_.add_own(*place, matrix.first_row(), bytes_of(matrix.local.data(), matrix.local.size()));
  }

  void sparse(const std::string& element, const SparseView& view) {
    const auto& comm = writer_.comm();
    const Index mine = view.offsets.back();
    const auto by_rank = mpi::all_gather(comm, mine);
    Index first = 0;
    for (int r = 0; r < comm.rank(); ++r) first += by_rank[r];
    if (const auto* data = due(element + "/data")) writer_.add_own(*data, first, bytes_of(view.values.data(), mine));
    if (const auto* indices = due(element + "/indices")) {
      if (!view.narrow.empty() && indices->element_bytes == sizeof(std::int32_t)) {
        writer_.add_own(*indices, first, bytes_of(view.narrow.data(), mine));
      } else {
        writer_.add_own(*indices, first,
                        view.wide.empty() ? whole_numbers(view.narrow, indices->element_bytes)
                                          : whole_numbers(view.wide, indices->element_bytes));
      }
    }
    const auto* indptr = due(element + "/indptr");
    if (!indptr) return;
    // Each rank writes the offsets of its rows; the last also writes the end of the matrix.
    std::vector<Index> offsets(view.offsets.begin(), view.offsets.end());
    for (auto& offset : offsets) offset += first;
    if (comm.rank() < comm.size() - 1) offsets.pop_back();
    writer_.add_own(*indptr, view.partition.begin(comm.rank()),
                    whole_numbers(std::span<const Index>(offsets), indptr->element_bytes));
  }

  void frames(const std::string& element, const H5adParts::Frames& frames) {
    const auto* place = due(element);
    if (!place) return;
    mpi::run_collectively(writer_.comm(), [&] { write_frames(*place, frames); });
  }

  void computed(const std::string& element, const H5adParts::Computed& array, const std::string& path) {
    const auto* place = due(element);
    if (!place) return;
    if (!place->is_compressed()) {
      array.fill([&](const ArrayBox& box, std::span<const float> values) {
        writer_.add_box(*place, box, std::as_bytes(values));
      });
    } else {
      compress_computed(*place, array, path);
    }
  }

 private:
  void write_frames(const ArrayPlace& place, const H5adParts::Frames& frames) {
    for (std::size_t f = 0; f < frames.maps->size(); ++f) {
      const RowMatrix& map = (*frames.maps)[f];
      writer_.add_box(
          place,
          {{static_cast<Index>(f), frames.partition.begin(writer_.comm().rank()), 0}, {1, map.rows(), map.cols()}},
          bytes_of(map.data(), map.size()));
    }
  }

  /// Boxes arrive in any order from any rank, so they are first written uncompressed to a temporary file beside the
  /// output.
  void compress_computed(const ArrayPlace& place, const H5adParts::Computed& array, const std::string& path) {
    const auto& comm = writer_.comm();
    const ScratchFile scratch(comm, path, place.rows() * place.row_bytes());
    {
      ArrayWriter plain(comm, scratch.path(), nullptr);
      ArrayPlace whole = place;
      whole.chunk.clear();
      whole.offset = 0;
      array.fill([&](const ArrayBox& box, std::span<const float> values) {
        plain.add_box(whole, box, std::as_bytes(values));
      });
    }
    mpi::barrier(comm);
    std::vector<std::byte> rows;
    writer_.fill(place, [&](Index first, Index count) {
      rows = scratch.read(first * place.row_bytes(), count * place.row_bytes());
      return std::span<const std::byte>(rows);
    });
  }

  ArrayWriter& writer_;
  const std::vector<ArrayPlace>& places_;
  bool compressed_;
};

}  // namespace

std::vector<Index> H5adParts::Frames::extent() const {
  return {static_cast<Index>(maps->size()), partition.rows(), maps->front().cols()};
}

bool H5adParts::replaces(const std::string& element) const {
  if (matrices.contains(element) || obsm.contains(element) || varm.contains(element) || graphs.contains(element) ||
      computed.contains(element) || frames.contains(element) || dropped.contains(element)) {
    return true;
  }
  const auto among = [&](const auto& list, const std::string& prefix) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return prefix + entry.first == element; });
  };
  return among(uns, "uns/") || among(obs_columns, "obs/") || among(var_columns, "var/");
}

std::map<std::string, Index> H5adParts::stored_values(const mpi::Communicator& comm) const {
  std::map<std::string, Index> counts;
  for (const auto& [element, graph] : graphs) counts[element] = static_cast<Index>(graph->indices.size());
  for (const auto& [element, matrix] : matrices) {
    if (const auto* sparse = std::get_if<SparseRows>(matrix)) counts[element] = sparse->local_nonzeros();
  }
  for (auto& [element, count] : counts) count = mpi::all_reduce(comm, count, mpi::Reduction::sum);
  return counts;
}

std::vector<std::string> H5adParts::arrays(const std::map<std::string, Index>& stored) const {
  std::vector<std::string> names;
  for (const auto& entry : obsm) names.push_back(entry.first);
  for (const auto& entry : frames) names.push_back(entry.first);
  for (const auto& entry : computed) names.push_back(entry.first);
  for (const auto& entry : matrices) {
    if (!stored.contains(entry.first)) names.push_back(entry.first);
  }
  for (const auto& entry : stored) {
    names.insert(names.end(), {entry.first + "/data", entry.first + "/indices", entry.first + "/indptr"});
  }
  return names;
}

void fill_parts(ArrayWriter& writer, const H5adParts& parts, const std::vector<ArrayPlace>& places, bool compressed,
                const std::string& path) {
  Filler filler(writer, places, compressed);
  for (const auto& [element, matrix] : parts.obsm) filler.dense(element, *matrix);
  for (const auto& [element, array] : parts.computed) filler.computed(element, array, path);
  for (const auto& [element, frames] : parts.frames) filler.frames(element, frames);
  for (const auto& [element, graph] : parts.graphs) {
    filler.sparse(element, {graph->partition, graph->offsets, graph->distances, {}, graph->indices});
  }
  for (const auto& [element, matrix] : parts.matrices) {
    if (const auto* dense = std::get_if<DistributedMatrix>(matrix)) {
      filler.dense(element, *dense);
    } else {
      const auto& sparse = std::get<SparseRows>(*matrix);
      filler.sparse(element, {sparse.partition, sparse.offsets, sparse.values, sparse.indices, {}});
    }
  }
}

}  // namespace replearn::io
