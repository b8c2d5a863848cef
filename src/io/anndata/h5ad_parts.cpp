#include "io/anndata/h5ad_parts.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "io/anndata/h5ad_elements.hpp"
#include "io/hdf5/streamed_array.hpp"
#include "io/scratch_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

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

  void graph(const std::string& element, const NeighborGraph& graph) {
    const Index mine = graph.offsets.back(), first = first_entry(mine);
    if (const auto* data = due(element + "/data")) {
      writer_.add_own(*data, first, bytes_of(graph.distances.data(), mine));
    }
    if (const auto* indices = due(element + "/indices")) {
      writer_.add_own(*indices, first, whole_numbers(std::span<const Index>(graph.indices), indices->element_bytes));
    }
    offsets_of(element, graph.partition, graph.offsets, first);
  }

  void dense_blocks(const std::string& element, const RowBlocks& rows) {
    const auto* place = due(element);
    if (!place) return;
    const auto& partition = rows.partition();
    const int rank = writer_.comm().rank();
    StreamedArray(writer_, *place, partition.begin(rank), partition.count(rank)).write([&](const auto& add) {
      rows.visit([&](Index, const Matrix& block) {
        const auto& local = std::get<DistributedMatrix>(block).local;
        add(bytes_of(local.data(), local.size()));
      });
    });
  }

  void sparse_blocks(const std::string& element, const RowBlocks& rows) {
    const auto offsets = rows.offsets();
    const Index first = first_entry(offsets.back());
    offsets_of(element, rows.partition(), offsets, first);
    const auto *data = due(element + "/data"), *indices = due(element + "/indices");
    const auto visit = [&](const auto& work) {
      rows.visit([&](Index, const Matrix& block) { work(std::get<SparseRows>(block)); });
    };
    const auto data_of = [](const SparseRows& block) { return bytes_of(block.values.data(), block.local_nonzeros()); };
    if (data && indices && !compressed_) {  // one visit for both
      return mpi::run_collectively(writer_.comm(), [&] {
        Index at = first;
        visit([&](const SparseRows& block) {
          writer_.add(*data, at, data_of(block));
          writer_.add(*indices, at, indices_of(block, *indices));
          at += block.local_nonzeros();
        });
      });
    }
    if (data) {
      StreamedArray(writer_, *data, first, offsets.back()).write([&](const auto& add) {
        visit([&](const SparseRows& block) { add(data_of(block)); });
      });
    }
    if (indices) {
      StreamedArray(writer_, *indices, first, offsets.back()).write([&](const auto& add) {
        visit([&](const SparseRows& block) { add(indices_of(block, *indices)); });
      });
    }
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
  /// Valid until the next call.
  std::span<const std::byte> indices_of(const SparseRows& block, const ArrayPlace& place) {
    if (place.element_bytes == sizeof(std::int32_t)) return bytes_of(block.indices.data(), block.local_nonzeros());
    wide_ = whole_numbers(std::span<const std::int32_t>(block.indices), place.element_bytes);
    return wide_;
  }

  /// Position of this rank's first entry among those of all ranks. Collective.
  Index first_entry(Index mine) const {
    const auto by_rank = mpi::all_gather(writer_.comm(), mine);
    return std::accumulate(by_rank.begin(), by_rank.begin() + writer_.comm().rank(), Index{0});
  }

  /// Each rank writes the offsets of its rows; the last also writes the end of the matrix.
  void offsets_of(const std::string& element, const RowPartition& partition, std::vector<Index> offsets, Index first) {
    const auto* indptr = due(element + "/indptr");
    if (!indptr) return;
    const auto& comm = writer_.comm();
    for (auto& offset : offsets) offset += first;
    if (comm.rank() < comm.size() - 1) offsets.pop_back();
    writer_.add_own(*indptr, partition.begin(comm.rank()),
                    whole_numbers(std::span<const Index>(offsets), indptr->element_bytes));
  }

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
  std::vector<std::byte> wide_;
};

}  // namespace

std::vector<Index> H5adParts::Frames::extent() const {
  return {static_cast<Index>(maps->size()), partition.rows(), maps->front().cols()};
}

bool H5adParts::replaces(const std::string& element) const {
  if (tables_only && !belongs_to_tables(element)) return true;
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
    if (!matrix->is_sparse()) continue;
    const auto& rows = *matrix;
    counts[element] = mpi::run_collectively(comm, [&] { return rows.offsets().back(); });
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
    filler.graph(element, *graph);
  }
  for (const auto& [element, matrix] : parts.matrices) {
    if (matrix->is_sparse())
      filler.sparse_blocks(element, *matrix);
    else
      filler.dense_blocks(element, *matrix);
  }
}

}  // namespace replearn::io
