#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/workspace.hpp"

/// The features of a panel (Gene Expression, Antibody Capture) that a step is about, as --feature-types says: "auto"
/// (Gene Expression where feature_types names several types, all where it does not), "all", or some of the types. Said
/// in the log where any is left out. All ranks. Throws InputError naming the types there are.
namespace replearn::cli {

/// One entry per column of X, or of raw/X by its own table; the same on every rank; empty: all of them.
std::vector<std::uint8_t> chosen_features(Workspace& work, const std::string& step,
                                          const std::vector<std::string>& types, const std::string& element = "X");
/// The same of another file. table: its var, on root.
std::vector<std::uint8_t> chosen_features(const mpi::Communicator& comm, const Annotations& table,
                                          const std::string& file, const std::string& step,
                                          const std::vector<std::string>& types, const Log& log);

/// Throws InputError if types were named where a reference model is used, whose genes are found by name.
void require_no_choice_of_features(const std::vector<std::string>& types);

/// Numbers of the columns that a mask keeps, as one number for every column: `other` where it keeps none.
std::vector<double> spread(std::vector<double> values, const std::vector<std::uint8_t>& mask, double other);

/// A matrix of the file, of the chosen features alone.
class FeatureMatrix {
 public:
  /// The matrix of the workspace must outlive this.
  FeatureMatrix(Workspace& work, const std::string& step, const std::string& element,
                const std::vector<std::string>& types);

  const Matrix& x() const { return part_ ? *part_ : *whole_; }
  bool is_whole() const { return !part_; }
  Index columns_of_whole() const { return columns(*whole_); }
  /// Places of x()'s columns in the whole.
  const std::vector<Index>& places() const { return places_; }
  /// Of names or numbers of the whole's columns, those of x()'s.
  template <class T>
  std::vector<T> select(const std::vector<T>& of_whole) const {
    if (is_whole() || of_whole.empty()) return of_whole;  // empty on ranks that have none
    std::vector<T> chosen;
    for (const Index place : places_) chosen.push_back(of_whole[static_cast<std::size_t>(place)]);
    return chosen;
  }
  /// What is known of each of x()'s columns, for each of the whole: `other` where nothing is.
  std::vector<double> spread(const std::vector<double>& values, double other) const {
    return cli::spread(values, mask_, other);
  }
  /// The same of a row per column, zeros where nothing is.
  RowMatrix spread(const RowMatrix& rows) const;
  /// Values of x()'s columns for local rows [begin, begin + values.rows()), with those that the others have in the
  /// file.
  RowMatrix complete(Index begin, const RowMatrix& values) const;

 private:
  const Matrix* whole_;
  std::vector<std::uint8_t> mask_;  // empty: all
  std::optional<Matrix> part_;
  std::vector<Index> places_;
};

/// The help line of --feature-types; of verbs that have --use-rep.
extern const char* const feature_types_help;
extern const char* const feature_types_of_x_help;

}  // namespace replearn::cli
