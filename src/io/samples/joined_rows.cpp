#include "io/samples/joined_rows.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "io/anndata/h5ad_reader.hpp"
#include "io/input.hpp"
#include "io/sparse_order.hpp"
#include "io/tenx/tenx.hpp"

namespace replearn::io {
namespace {

/// Rows of a matrix that consists of zeros, at a time.
constexpr Index rows_of_zeros = 4096;

/// A reader that keeps its file open.
class FileRows : public RowReader {
 public:
  FileRows(std::shared_ptr<const H5adReader> file, std::shared_ptr<const RowReader> rows)
      : file_(std::move(file)), rows_(std::move(rows)) {}
  Index rows() const override { return rows_->rows(); }
  Index columns() const override { return rows_->columns(); }
  bool is_sparse() const override { return rows_->is_sparse(); }
  Index stored() const override { return rows_->stored(); }
  Matrix read(Index begin, Index end, Index bytes) const override { return rows_->read(begin, end, bytes); }

 private:
  std::shared_ptr<const H5adReader> file_;
  std::shared_ptr<const RowReader> rows_;
};

/// The same rows with other columns: place[j] is the new one of column j, or -1.
SparseRows rearranged(SparseRows rows, const std::vector<std::int32_t>& place, Index columns) {
  Index out = 0, at = 0;
  for (std::size_t i = 1; i < rows.offsets.size(); ++i) {
    const Index end = rows.offsets[i];
    for (; at < end; ++at) {
      const auto to = place[static_cast<std::size_t>(rows.indices[at])];
      if (to < 0) continue;
      rows.indices[out] = to;
      rows.values[out++] = rows.values[at];
    }
    rows.offsets[i] = out;
  }
  rows.indices.resize(static_cast<std::size_t>(out));
  rows.values.resize(static_cast<std::size_t>(out));
  rows.columns = columns;
  sort_columns(rows);
  return rows;
}

}  // namespace

Index MatrixReader::stored() const {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix_)) return sparse->local_nonzeros();
  return rows() * columns();
}

Matrix MatrixReader::read(Index begin, Index end, Index bytes) const {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix_)) {
    const Index row_bytes = std::max<Index>(1, columns() * Index{sizeof(float)});
    const Index count = std::clamp<Index>(bytes / row_bytes, 1, end - begin);
    DistributedMatrix block(RowPartition(count, 1), 0, columns());
    block.local = dense->local.middleRows(begin, count);
    return block;
  }
  constexpr Index entry = sizeof(float) + sizeof(std::int32_t);
  const auto& sparse = std::get<SparseRows>(matrix_);
  const Index first = sparse.offsets[begin];
  Index last = begin + 1;
  while (last < end && (sparse.offsets[static_cast<std::size_t>(last) + 1] - first) <= bytes / entry) ++last;
  SparseRows block{RowPartition(last - begin, 1), 0, columns(), {}, {}, {}};
  block.offsets.assign(sparse.offsets.begin() + begin, sparse.offsets.begin() + last + 1);
  for (Index& offset : block.offsets) offset -= first;
  const auto part = [&](const auto& from, auto& to) {
    to.assign(from.begin() + first, from.begin() + first + block.offsets.back());
  };
  part(sparse.indices, block.indices);
  part(sparse.values, block.values);
  return block;
}

std::shared_ptr<const RowReader> open_part(const mpi::Communicator& alone, const std::string& path,
                                           const std::string& element, const InputOptions& options) {
  const Format format = detect_format(path);
  if (format == Format::h5ad) {
    auto file = std::make_shared<const H5adReader>(alone, path);
    auto rows = file->rows_of(element);
    if (rows) return std::make_shared<FileRows>(std::move(file), std::move(rows));
    return std::make_shared<MatrixReader>(file->matrix(element));
  }
  if (format == Format::tenx_h5) {
    auto stored = open_tenx(alone, path, options.genome, Log());
    if (stored.features.empty()) return stored.cells;
  }
  return std::make_shared<MatrixReader>(read_expression(alone, path, options).x);
}

JoinedRows::JoinedRows(std::shared_ptr<const mpi::Communicator> alone,
                       std::shared_ptr<const std::vector<JoinedPart>> parts, std::vector<StoredPart> stored,
                       std::string element, Index columns, InputOptions options)
    : alone_(std::move(alone)),
      parts_(std::move(parts)),
      stored_(std::move(stored)),
      element_(std::move(element)),
      columns_(columns),
      options_(std::move(options)) {
  for (const auto& part : stored_) {
    first_row_.push_back(first_row_.back() + part.rows);
    is_sparse_ = is_sparse_ || part.is_sparse;
  }
}

Index JoinedRows::stored() const {
  if (!is_sparse_) return rows() * columns();
  Index stored = 0;
  for (const auto& part : stored_) stored += part.stored;
  return stored;
}

Matrix JoinedRows::read(Index begin, Index end, Index bytes) const {
  const auto after = std::upper_bound(first_row_.begin(), first_row_.end(), begin);
  return read_part(static_cast<std::size_t>(after - first_row_.begin()) - 1, begin, std::min(end, *after), bytes);
}

Matrix JoinedRows::read_part(std::size_t part, Index begin, Index end, Index bytes) const {
  const Index first = first_row_[part];
  if (!stored_[part].is_there) {
    const Index count = std::min(end - begin, rows_of_zeros);
    DistributedMatrix zeros(RowPartition(count, 1), 0, is_sparse_ ? 0 : columns_);
    if (!is_sparse_) return zeros;
    return SparseRows{zeros.partition, 0, columns_, std::vector<Index>(static_cast<std::size_t>(count) + 1, 0), {}, {}};
  }
  if (open_part_ != part) {
    reader_.reset();
    open_part_ = static_cast<std::size_t>(-1);
    reader_ = open_part(*alone_, (*parts_)[part].path, element_, options_);
    open_part_ = part;
  }
  const auto& place = (*parts_)[part].columns;
  Matrix block = reader_->read(begin - first, end - first, bytes);
  if (is_sparse_) {
    auto* dense = std::get_if<DistributedMatrix>(&block);
    return rearranged(dense ? to_sparse(*dense) : std::move(std::get<SparseRows>(block)), place, columns_);
  }
  const auto& dense = std::get<DistributedMatrix>(block);
  DistributedMatrix result(dense.partition, 0, columns_);
  for (std::size_t j = 0; j < place.size(); ++j) {
    if (place[j] >= 0) result.local.col(place[j]) = dense.local.col(static_cast<Index>(j));
  }
  return result;
}

}  // namespace replearn::io
