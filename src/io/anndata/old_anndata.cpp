#include "io/anndata/old_anndata.hpp"

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "io/anndata/h5ad_layout.hpp"
#include "io/anndata/h5ad_sparse.hpp"
#include "io/names.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// One member of each record of a compound table.
class Member {
 public:
  Member(const Hdf5Values& records, unsigned number)
      : records_(records),
        type_(H5Tget_member_type(records.type(), number), H5Tclose),
        offset_(H5Tget_member_offset(records.type(), number)),
        bytes_(H5Tget_size(type_.id())) {
    char* const name = H5Tget_member_name(records.type(), number);
    name_ = name ? name : "";
    H5free_memory(name);
  }

  const std::string& name() const { return name_; }
  Hdf5Kind kind() const { return kind_of(type_.id()); }
  std::size_t bytes() const { return bytes_; }

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    const bool pointers = H5Tis_variable_str(type_.id()) > 0;
    for (Index i = 0; i < records_.count(); ++i) {
      if (pointers) {
        const char* text = nullptr;
        std::memcpy(&text, at(i), sizeof text);
        all.emplace_back(text ? text : "");
      } else {
        const auto* text = reinterpret_cast<const char*>(at(i));
        all.emplace_back(text, ::strnlen(text, bytes_));
        while (!all.back().empty() && H5Tget_strpad(type_.id()) == H5T_STR_SPACEPAD && all.back().back() == ' ') {
          all.back().pop_back();
        }
      }
    }
    return all;
  }
  /// Numbers of any size, converted by HDF5.
  template <class T>
  std::vector<T> numbers() const {
    std::vector<T> all;
    std::vector<std::byte> room(std::max(bytes_, sizeof(T)));
    for (Index i = 0; i < records_.count(); ++i) {
      std::memcpy(room.data(), at(i), bytes_);
      H5Tconvert(type_.id(), hdf5_type<T>(), 1, room.data(), nullptr, H5P_DEFAULT);
      T value;
      std::memcpy(&value, room.data(), sizeof value);
      all.push_back(value);
    }
    return all;
  }
  /// h5py's booleans, an enum of one byte.
  std::vector<std::uint8_t> flags() const {
    std::vector<std::uint8_t> all;
    for (Index i = 0; i < records_.count(); ++i) all.push_back(static_cast<std::uint8_t>(*at(i)) != 0);
    return all;
  }

 private:
  const std::byte* at(Index i) const {
    return records_.bytes().data() + i * records_.element_bytes() + static_cast<Index>(offset_);
  }

  const Hdf5Values& records_;
  Hdf5Handle type_;
  std::string name_;
  std::size_t offset_, bytes_;
};

Column column_of(const Member& member, const Hdf5File& file) {
  const std::string categories = "uns/" + member.name() + "_categories";
  const auto kind = member.kind();
  if (kind == Hdf5Kind::string) return member.texts();
  if (kind == Hdf5Kind::boolean) return Flags{member.flags()};
  if (kind == Hdf5Kind::real) return member.numbers<double>();
  if (!file.is_dataset(categories) || file.shape(categories).kind != Hdf5Kind::string)
    return member.numbers<std::int64_t>();
  Categorical labels{member.numbers<std::int32_t>(), file.read_strings(categories), false};
  for (auto& code : labels.codes) {
    if (code < -1 || code >= static_cast<Index>(labels.categories.size())) {
      throw InputError(file.path(), member.name(), "one of its codes has no category in " + categories,
                       "write the file again");
    }
  }
  return labels;
}

Annotations read_compound(const Hdf5File& file, const std::string& path) {
  const auto dataset = file.dataset_at(path);
  dataset.require_vector();
  const auto records = dataset.read_raw(dataset.whole());
  Annotations table;
  const int members = H5Tget_nmembers(records.type());
  std::vector<Member> all;
  for (int i = 0; i < members; ++i) all.emplace_back(records, static_cast<unsigned>(i));
  auto names =
      std::find_if(all.begin(), all.end(), [](const auto& m) { return m.name() == "index" || m.name() == "_index"; });
  if (names == all.end()) names = all.begin();
  if (names == all.end() || names->kind() != Hdf5Kind::string) {
    throw InputError(file.path(), path, "has no column 'index' of names", "write the file again with its index");
  }
  table.names = names->texts();
  for (const auto& member : all) {
    const auto kind = member.kind();
    const bool known = kind != Hdf5Kind::other && kind != Hdf5Kind::compound;
    if (&member != &*names && known && !member.name().empty() && member.name().find('/') == std::string::npos) {
      table.set(member.name(), column_of(member, file));
    }
  }
  return table;
}

}  // namespace

bool is_old_anndata(const Hdf5File& file) {
  return file.is_dataset("obs") && file.is_dataset("var") && file.shape("obs").kind == Hdf5Kind::compound;
}

ExpressionMatrix read_old_anndata(const mpi::Communicator& comm, const std::string& path, bool keep_missing,
                                  const Log& log) {
  const auto file = Hdf5File::open(comm, path);
  ExpressionMatrix data;
  std::vector<Index> extent;
  mpi::on_root(comm, [&] {
    data.obs = read_compound(file, "obs");
    data.var = read_compound(file, "var");
    extent = layout::shape_of(file, "X");
    if (extent != std::vector<Index>{data.obs.size(), data.var.size()}) {
      throw InputError(path, "X", "has a shape that does not match obs and var", "write the file again");
    }
    std::string left;
    for (const auto& name : file.children("/")) {
      if (name != "X" && name != "obs" && name != "var") left += (left.empty() ? "" : ", ") + name;
    }
    log.line("written by anndata before 0.7: X, obs and var are read" + (left.empty() ? "" : "; skipped: " + left));
    make_cells_unique(data.obs.names, log);
    make_genes_unique(data.var.names, log);
  });
  extent = mpi::broadcast(comm, std::move(extent));
  const RowPartition rows(extent[0], comm.shares());
  const auto storage = mpi::run_collectively(comm, [&] { return layout::storage_of(file, "X"); });
  if (storage == layout::Storage::csr) {
    data.x = read_csr(comm, file, "X", rows);
  } else if (storage == layout::Storage::csc) {
    data.x = read_csc(comm, file, "X", rows);
  } else {
    data.x = read_dense(comm, file, "X", rows, keep_missing);
  }
  return data;
}

}  // namespace replearn::io
