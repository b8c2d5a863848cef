#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.hpp"

/// The features (Gene Expression, Antibody Capture) that a step uses, by --feature-types: "auto" (Gene Expression if
/// there are several types, else all), "all", or a list of types. Logged if any feature is excluded. All ranks. Throws
/// InputError listing the existing types.
namespace replearn::app {

/// Mask with one entry per column of X, or of raw/X by its own table; the same on every rank; empty: all columns.
std::vector<std::uint8_t> chosen_features(Workspace& work, const std::string& step,
                                          const std::vector<std::string>& types, const std::string& element = "X");
/// The mask for another file. table: its var, on root.
std::vector<std::uint8_t> chosen_features(const mpi::Communicator& comm, const Annotations& table,
                                          const std::string& file, const std::string& step,
                                          const std::vector<std::string>& types, const Log& log);

/// Throws InputError if types were named together with a reference model, whose genes are matched by name.
void require_no_choice_of_features(const std::vector<std::string>& types);

/// Expands values of the columns kept by a mask to all columns, with `other` for the rest.
std::vector<double> spread(std::vector<double> values, const std::vector<std::uint8_t>& mask, double other);

/// A matrix of the file restricted to the chosen features.
class FeatureMatrix {
 public:
  /// The matrix of the workspace must outlive this.
  FeatureMatrix(Workspace& work, const std::string& step, const std::string& element,
                const std::vector<std::string>& types);

  const Matrix& x() const { return part_ ? *part_ : *whole_; }
  bool is_whole() const { return !part_; }
  Index columns_of_whole() const { return columns(*whole_); }
  /// Indices of x()'s columns in the whole matrix.
  const std::vector<Index>& places() const { return places_; }
  /// Selects the entries of x()'s columns from entries of all columns.
  template <class T>
  std::vector<T> select(const std::vector<T>& of_whole) const {
    if (is_whole() || of_whole.empty()) return of_whole;  // empty on ranks without entries
    std::vector<T> chosen;
    for (const Index place : places_) chosen.push_back(of_whole[place]);
    return chosen;
  }
  /// Expands entries of x()'s columns to all columns, with `other` for the rest.
  std::vector<double> spread(const std::vector<double>& values, double other) const {
    return app::spread(values, mask_, other);
  }
  /// Expands one row per column of x() to all columns, with zeros for the rest.
  RowMatrix spread(const RowMatrix& rows) const;
  /// Completes values of x()'s columns for local rows [begin, begin + values.rows()) with the file's values of the
  /// other columns.
  RowMatrix complete(Index begin, const RowMatrix& values) const;

 private:
  const Matrix* whole_;
  std::vector<std::uint8_t> mask_;  // empty: all
  std::optional<Matrix> part_;
  std::vector<Index> places_;
};

}  // namespace replearn::app
