#pragma once
#include <functional>
#include <string>
#include <vector>

#include "io/h5ad_cut.hpp"
#include "io/hdf5_copy.hpp"

namespace replearn::io {

enum class Axis { none, obs, var };

/// Which names the rows and the columns of an element belong to.
struct Cut {
  Axis rows = Axis::none, columns = Axis::none;
  bool is_whole() const { return rows == Axis::none && columns == Axis::none; }
  int number() const { return 3 * static_cast<int>(rows) + static_cast<int>(columns); }
};

/// By where an element stands.
Cut axes_at(const std::string& path);

/// Whether this holds for an element or for one that it lies in.
bool holds_at_or_above(const std::string& element, const std::function<bool(const std::string&)>& holds);

/// What is kept of obs and var. On root while it carries, on all ranks while they fill.
struct Masks {
  Mask obs, var;
  const Mask& of(Axis axis) const;
};

/// An array, or a sparse matrix, whose values all ranks bring over once root has made the file.
struct Transfer {
  enum class Kind { copy, array, sparse };  ///< bytes as they are; dense, cut or compressed anew; sparse, cut
  Kind kind;
  std::string element;
  Cut cut;
};

/// Carries the parts of one .h5ad into another, in today's encoding, keeping only some rows and columns.
///
/// What is whole goes over as it is stored, compression and all (Hdf5Copier). What anndata 0.7 wrote gains the encoding
/// attributes it lacks, and its categoricals, codes with a reference to categories elsewhere, become groups. What is
/// large is only made here and listed: all ranks fill it. By root, both files open in it.
class H5adCarrier {
 public:
  /// replaced(path): true for elements that the caller writes itself. anew: compress all large arrays so, whatever
  /// they were; nullptr: as they were.
  H5adCarrier(const Hdf5File& from, Hdf5File& to, const Masks& masks, std::function<bool(const std::string&)> replaced,
              const Compression* anew);

  /// Everything: the elements of AnnData, and whatever else lies in the file. obs and var are left to carry_columns.
  void carry_file();
  /// A dataframe's index, columns and attributes, without marking it as one: the caller may add columns. Returns its
  /// columns.
  std::vector<std::string> carry_columns(const std::string& path, Axis rows);

  /// When all is written, to be called once: references.
  void finish() { copier_.finish(); }
  std::vector<Transfer> transfers() const;

 private:
  void carry(const std::string& path, Cut cut);
  void carry_dictionary(const std::string& name);
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
  const Compression* anew_;
  Hdf5Copier copier_;
  std::vector<Transfer> transfers_;
};

}  // namespace replearn::io
