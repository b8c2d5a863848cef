#include "io/anndata/h5ad_transfers.hpp"

#include <algorithm>

#include "mpi/collectives.hpp"

namespace replearn::io {

H5adTransfers::H5adTransfers(const mpi::Communicator& comm, const std::string& source,
                             const std::vector<Transfer>& on_root, Masks& masks)
    : comm_(comm), masks_(masks) {
  masks_.obs = mpi::broadcast(comm, std::move(masks_.obs));
  masks_.var = mpi::broadcast(comm, std::move(masks_.var));
  std::vector<std::string> elements;
  std::vector<int> numbers;
  for (const auto& transfer : on_root) {
    elements.push_back(transfer.element);
    numbers.insert(numbers.end(), {static_cast<int>(transfer.kind), static_cast<int>(transfer.cut.rows),
                                   static_cast<int>(transfer.cut.columns)});
  }
  elements = mpi::broadcast(comm, std::move(elements));
  numbers = mpi::broadcast(comm, std::move(numbers));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    transfers_.push_back({static_cast<Transfer::Kind>(numbers[3 * i]),
                          elements[i],
                          {static_cast<Axis>(numbers[3 * i + 1]), static_cast<Axis>(numbers[3 * i + 2])}});
  }
  if (transfers_.empty()) return;
  // Each rank reads on its own, which also works for compressed data and avoids waiting for the others.
  mpi::run_collectively(comm, [&] { source_ = Hdf5File::open(source); });
  for (const auto& [kind, element, cut] : transfers_) {
    if (kind != Transfer::Kind::sparse) continue;
    // An error of one rank while opening is raised on all ranks before collective work starts.
    mpi::run_collectively(comm, [&, &name = element] { CompressedMatrix::of_element(*source_, name); });
    sparse_.try_emplace(element, comm, *source_, element, masks_.of(cut.rows), masks_.of(cut.columns));
  }
}

void H5adTransfers::make_sparse(Hdf5File& to, const Compression* recompression) {
  for (auto& entry : sparse_) entry.second.make(to, recompression);
}

std::vector<std::string> H5adTransfers::arrays() const {
  std::vector<std::string> names;
  for (const auto& [kind, element, cut] : transfers_) {
    if (kind == Transfer::Kind::sparse) {
      names.insert(names.end(), {element + "/data", element + "/indices"});
    } else {
      names.push_back(element);
    }
  }
  return names;
}

void H5adTransfers::fill(ArrayWriter& writer, const std::vector<ArrayPlace>& places, bool compressed) const {
  const auto place = [&](const std::string& element) -> const ArrayPlace& {
    return *std::find_if(places.begin(), places.end(), [&](const auto& each) { return each.element == element; });
  };
  for (const auto& [kind, element, cut] : transfers_) {
    if (kind == Transfer::Kind::sparse) {
      const auto &data = place(element + "/data"), &indices = place(element + "/indices");
      // Both together, since the file is open for HDF5 if either is compressed.
      if ((data.is_compressed() || indices.is_compressed()) == compressed) {
        sparse_.at(element).fill(writer, data, indices);
      }
      continue;
    }
    const auto& array = place(element);
    if (array.is_compressed() != compressed) continue;
    if (kind == Transfer::Kind::copy) {
      const Index offset = mpi::run_collectively(comm_, [&, &name = element] { return source_->byte_offset(name); });
      writer.copy(array, source_->path(), offset);
      continue;
    }
    const auto array_there = mpi::run_collectively(comm_, [&, &name = element] { return source_->dataset_at(name); });
    const ArrayCut part(array_there, masks_.of(cut.rows), masks_.of(cut.columns));
    std::vector<std::byte> room;
    const auto read = [&](Index first, Index count) { return part.read(first, count, room); };
    writer.fill(array, read, part.rows_worth_reading());
  }
}

}  // namespace replearn::io
