#pragma once
#include <functional>
#include <string>
#include <vector>

#include "io/anndata/h5ad_cut.hpp"
#include "io/hdf5/hdf5_copy.hpp"

namespace replearn::io {

enum class Axis { none, obs, var };

/// Axes to which the rows and columns of an element belong.
struct Cut {
  Axis rows = Axis::none, columns = Axis::none;
  bool is_whole() const { return rows == Axis::none && columns == Axis::none; }
  int number() const { return 3 * static_cast<int>(rows) + static_cast<int>(columns); }
};

/// Determined by the element's path.
Cut axes_at(const std::string& path);

/// Whether the predicate holds for an element or one of its parents.
bool holds_at_or_above(const std::string& element, const std::function<bool(const std::string&)>& holds);

/// Masks of the observations and variables to keep. On root while the file is created, on all ranks while it is filled.
struct Masks {
  Mask obs, var;
  const Mask& of(Axis axis) const;
};

/// An array or sparse matrix whose values all ranks transfer after root has created the file.
struct Transfer {
  enum class Kind { copy, array, sparse };  ///< unchanged bytes; dense, filtered or recompressed; sparse, filtered
  Kind kind;
  std::string element;
  Cut cut;
};

/// Copies the elements of one .h5ad to another in the current encoding, optionally filtering rows and columns. Several
/// carriers can copy to one file, one after the other.
///
/// Unfiltered elements are copied in their stored, compressed form (Hdf5Copier). Files of anndata 0.7 gain the missing
/// encoding attributes, and their categoricals (codes with a reference to the categories) become groups. Large arrays
/// are only created and listed here; all ranks fill them. Called by root with both files open.
class H5adCarrier {
 public:
  /// replaced(path): true for elements that the caller writes itself. recompression: compression for all large arrays;
  /// nullptr: keep the existing one.
  H5adCarrier(const Hdf5File& from, Hdf5File& to, const Masks& masks, std::function<bool(const std::string&)> replaced,
              const Compression* recompression);

  /// Copies all elements, including those that are not part of AnnData. obs and var are left to carry_columns.
  void carry_file();
  /// Copies a dataframe's index, columns and attributes without marking it as a dataframe, so that the caller may add
  /// columns. Returns the column names.
  std::vector<std::string> carry_columns(const std::string& path, Axis rows);
  /// Copies the columns without the index, to a dataframe that exists. Returns their names.
  std::vector<std::string> carry_further_columns(const std::string& path, Axis rows);

  /// Resolves references. Called once, after everything is written.
  void finish() { copier_.finish(); }
  std::vector<Transfer> transfers() const;

 private:
  void carry(const std::string& path, Cut cut);
  void carry_dictionary(const std::string& path);
  void carry_group(const std::string& path, Cut cut);
  void carry_column(const std::string& path, Axis rows);
  void carry_parts(const std::string& path, Axis rows);
  void carry_old_categorical(const std::string& path, Axis rows);
  void carry_dataset(const std::string& path, Cut cut);
  void carry_sparse(const std::string& path, Cut cut);
  bool keeps_soft_link(const std::string& path, const std::string& target) const;
  void mark_dataset(const std::string& path);
  bool is_cut(Cut cut) const;
  Cut effective(Cut cut) const { return is_cut(cut) ? cut : Cut{}; }

  const Hdf5File& from_;
  Hdf5File& to_;
  const Masks& masks_;
  std::function<bool(const std::string&)> replaced_;
  const Compression* recompression_;
  Hdf5Copier copier_;
  std::vector<Transfer> transfers_;
};

}  // namespace replearn::io
