#include "io/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/durable.hpp"
#include "io/hdf5_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr Index layout_version = 1;
constexpr const char* marker = "incarnation";

std::string element_of(const NamedArray& array) {
  return "arrays/" + array.name;
}

/// The numbers of "<name>.<number><ending>" in the folder, ascending.
std::vector<Index> numbers_of(const std::string& folder, const std::string& name, const std::string& ending) {
  std::vector<Index> numbers;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with(name + ".") || !file.ends_with(ending)) continue;
    if (file.size() <= name.size() + 1 + ending.size()) continue;
    const std::string middle = file.substr(name.size() + 1, file.size() - name.size() - 1 - ending.size());
    if (middle.find_first_not_of("0123456789") == std::string::npos && middle.size() < 18) {
      numbers.push_back(std::stoll(middle));
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  char text[64] = "";
  std::tm local{};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", ::localtime_r(&now, &local));
  return text;
}

std::string who_we_are() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  std::string text = format("process %ld on %s, begun %s", static_cast<long>(::getpid()), host, now_text().c_str());
  if (const char* job = std::getenv("SLURM_JOB_ID")) text += std::string(", SLURM job ") + job;
  return text;
}

/// A full disk is best met before HDF5 has the file.
void make_room(const std::string& path, Index bytes) {
  if (!std::ofstream(path)) throw SystemError(path + ": cannot be written");
  reserve(path, bytes);
}

// --- arrays: shape, rows, values

template <class T>
constexpr bool is_matrix = false;
template <class T>
constexpr bool is_matrix<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> = true;

template <class Matrix>
std::vector<Index> extent_of(const Matrix& matrix, const NamedArray& array) {
  return {array.rows ? array.rows->rows() : matrix.rows(), matrix.cols()};
}

/// An empty dataset for a matrix; for what is the same everywhere, the values too. Root.
template <class Matrix>
void make_matrix(Hdf5File& file, const std::string& element, const Matrix& matrix, const NamedArray& array) {
  using T = typename Matrix::Scalar;
  file.make_dataset(element, hdf5_type<T>(), extent_of(matrix, array));
  if (array.rows || matrix.size() == 0) return;
  file.write_rows<T>(element, 0, matrix.rows(), {matrix.data(), static_cast<std::size_t>(matrix.size())});
}

struct MakeArray {
  Hdf5File& file;
  const NamedArray& array;
  template <class T>
  void operator()(const T* place) const {
    if constexpr (is_matrix<T>)
      make_matrix(file, element_of(array), *place, array);
    else
      file.write_scalar<T>(element_of(array), *place);
  }
  template <class T>
  void operator()(const std::vector<T>* place) const {
    file.write<T>(element_of(array), *place);
  }
  void operator()(const std::vector<RowMatrix>* place) const {
    file.make_group(element_of(array));
    for (std::size_t i = 0; i < place->size(); ++i) {
      make_matrix(file, element_of(array) + "/" + std::to_string(i), (*place)[i], array);
    }
  }
};

struct BytesOfArray {
  const NamedArray& array;
  template <class Matrix>
  Index of_matrix(const Matrix& matrix) const {
    const auto extent = extent_of(matrix, array);
    return extent[0] * extent[1] * static_cast<Index>(sizeof(typename Matrix::Scalar));
  }
  template <class T>
  Index operator()(const T* place) const {
    if constexpr (is_matrix<T>)
      return of_matrix(*place);
    else
      return static_cast<Index>(sizeof *place);
  }
  template <class T>
  Index operator()(const std::vector<T>* place) const {
    return static_cast<Index>(place->size() * sizeof(T));
  }
  Index operator()(const std::vector<RowMatrix>* place) const {
    Index bytes = 0;
    for (const auto& matrix : *place) bytes += of_matrix(matrix);
    return bytes;
  }
};

/// Where the datasets of what is distributed begin, one after the other, in the order of WriteMyRows. Root.
struct PlacesOfRows {
  const Hdf5File& file;
  const NamedArray& array;
  std::vector<Index>& places;
  template <class T>
  void operator()(const T*) const {
    if constexpr (is_matrix<T>) places.push_back(file.byte_offset(element_of(array)));
  }
  template <class T>
  void operator()(const std::vector<T>*) const {}
  void operator()(const std::vector<RowMatrix>* matrices) const {
    for (std::size_t i = 0; i < matrices->size(); ++i) {
      places.push_back(file.byte_offset(element_of(array) + "/" + std::to_string(i)));
    }
  }
};

/// My rows of what is distributed. Each rank by itself.
struct WriteMyRows {
  PlacedWriter& file;
  const NamedArray& array;
  int rank;
  const Index*& next_place;
  template <class Matrix>
  void matrix(const Matrix& mine) const {
    const auto row_bytes = static_cast<Index>(sizeof(typename Matrix::Scalar)) * mine.cols();
    file.write(*next_place++ + row_bytes * array.rows->begin(rank), mine.data(),
               static_cast<std::size_t>(row_bytes * mine.rows()));
  }
  template <class T>
  void operator()(const T* place) const {
    if constexpr (is_matrix<T>) matrix(*place);
  }
  template <class T>
  void operator()(const std::vector<T>*) const {}
  void operator()(const std::vector<RowMatrix>* place) const {
    for (const auto& each : *place) matrix(each);
  }
};

/// Fills an array. Each rank by itself.
struct ReadArray {
  const Hdf5File& file;
  const NamedArray& array;
  int rank;
  template <class Matrix>
  void matrix(const std::string& element, Matrix& place) const {
    using T = typename Matrix::Scalar;
    const auto extent = file.shape(element).extent;
    if (extent.size() != 2 || (array.rows && extent[0] != array.rows->rows())) {
      throw InputError(file.path(), element, "is of another shape than this run's", "the file is not of this job");
    }
    const Index begin = array.rows ? array.rows->begin(rank) : 0;
    const Index count = array.rows ? array.rows->count(rank) : extent[0];
    const auto values = file.read_rows<T>(element, begin, count);
    place = Eigen::Map<const Matrix>(values.data(), count, extent[1]);
  }
  template <class T>
  void operator()(T* place) const {
    if constexpr (is_matrix<T>)
      matrix(element_of(array), *place);
    else
      *place = file.read_scalar<T>(element_of(array));
  }
  template <class T>
  void operator()(std::vector<T>* place) const {
    *place = file.read<T>(element_of(array));
  }
  void operator()(std::vector<RowMatrix>* place) const {
    place->resize(file.children(element_of(array)).size());
    for (std::size_t i = 0; i < place->size(); ++i) {
      matrix(element_of(array) + "/" + std::to_string(i), (*place)[i]);
    }
  }
};

// --- what must agree

std::vector<std::string> names_of(const Conditions& conditions) {
  std::vector<std::string> names;
  for (const auto& entry : conditions) names.push_back(entry.first);
  return names;
}

std::vector<std::string> values_of(const Conditions& conditions) {
  std::vector<std::string> values;
  for (const auto& entry : conditions) values.push_back(entry.second);
  return values;
}

/// "tsne.perplexity is 30 and was 50"; at most three of them; empty if all agree.
std::string differences(const Conditions& now, const std::vector<std::string>& names,
                        const std::vector<std::string>& values) {
  std::map<std::string, std::string> then;
  for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) then[names[i]] = values[i];
  std::vector<std::string> found;
  const auto shown = [](const std::string& value) { return value.empty() ? std::string("empty") : value; };
  for (const auto& [name, value] : now) {
    const auto at = then.find(name);
    if (at == then.end())
      found.push_back(name + " is " + shown(value) + " and was not there");
    else if (at->second != value)
      found.push_back(name + " is " + shown(value) + " and was " + shown(at->second));
    then.erase(name);
  }
  for (const auto& [name, value] : then) found.push_back(name + " is not there and was " + shown(value));
  std::string text;
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i) text += (i ? ", " : "") + found[i];
  if (found.size() > most) text += format(", and %zu more", found.size() - most);
  return text;
}

/// Those that the marker of an incarnation names; nothing if it cannot be read (its writer died at once).
std::optional<Conditions> conditions_in(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  Conditions conditions;
  while (std::getline(file, line)) {
    const auto equals = line.find(" = ");
    if (equals != std::string::npos) conditions.emplace_back(line.substr(0, equals), line.substr(equals + 3));
  }
  return conditions;
}

}  // namespace

CheckpointFolder::CheckpointFolder(const mpi::Communicator& comm, const std::string& path, Conditions conditions)
    : comm_(comm), path_(path), conditions_(std::move(conditions)) {
  mpi::on_root(comm, [&] { claim(); });
  incarnation_ = mpi::broadcast(comm, incarnation_);
}

CheckpointFolder::~CheckpointFolder() {
  if (!first_) return;
  std::error_code failed;
  const std::string own = std::string(marker) + "." + std::to_string(incarnation_);
  for (const auto& entry : fs::directory_iterator(path_, failed)) {
    if (entry.path().filename() != own) return;
  }
  fs::remove(path_ + "/" + own, failed);
  fs::remove(path_, failed);
}

std::string CheckpointFolder::mend() const {
  return "give the same options and input, name another folder, or remove " + path_ + " to start afresh";
}

void CheckpointFolder::claim() {
  const auto marker_of = [&](Index number) { return path_ + "/" + marker + "." + std::to_string(number); };
  std::error_code failed;
  fs::create_directories(path_, failed);
  const auto earlier = numbers_of(path_, marker, "");
  if (!earlier.empty()) {
    const auto then = conditions_in(marker_of(earlier.back()));
    const auto differing = then ? differences(conditions_, names_of(*then), values_of(*then)) : "";
    if (!differing.empty())
      throw InputError(path_, "--checkpoint", "is the folder of another job: " + differing, mend());
  }
  incarnation_ = earlier.empty() ? 1 : earlier.back() + 1;
  int file = -1;
  do {  // O_EXCL: of two that start at once one gets the number, the other the next
    file = ::open(marker_of(incarnation_).c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644);
  } while (file < 0 && errno == EEXIST && ++incarnation_ > 0);
  std::string text = who_we_are() + "\n";
  for (const auto& [name, value] : conditions_) text += name + " = " + value + "\n";
  const bool ok = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (!ok) {
    throw InputError(path_, "--checkpoint", "the folder cannot be written to",
                     "name another folder, or make room on its disk");
  }
  first_ = earlier.empty();
  for (const Index number : earlier) fs::remove(marker_of(number), failed);
  for (const auto& entry : fs::directory_iterator(path_, failed)) {
    if (entry.path().extension() == ".part") fs::remove(entry.path(), failed);
  }
}

std::string CheckpointFolder::who_took_over() const {
  const auto numbers = numbers_of(path_, marker, "");
  if (numbers.empty() || numbers.back() <= incarnation_) return "";
  return path_ + ": taken over by " + first_line_of(path_ + "/" + marker + "." + std::to_string(numbers.back())) +
         "; this run ends and leaves everything to that one. Two jobs need a --checkpoint folder each";
}

void CheckpointFolder::require_mine_on_root() const {
  if (const auto text = who_took_over(); !text.empty()) throw SystemError(text);
}

void CheckpointFolder::require_mine() const {
  const auto text = mpi::broadcast(comm_, comm_.is_root() ? who_took_over() : std::string());
  if (!text.empty()) throw Superseded(text);
}

bool CheckpointFolder::holds_on_root(const std::string& file) const {
  std::error_code failed;
  return fs::exists(path_ + "/" + file, failed);
}

bool CheckpointFolder::holds(const std::string& file) const {
  return mpi::broadcast(comm_, comm_.is_root() && holds_on_root(file));
}

void CheckpointFolder::remove(const std::string& file) const {
  std::error_code failed;
  if (comm_.is_root()) fs::remove(path_ + "/" + file, failed);
}

std::vector<Index> CheckpointFolder::write_all_but_rows(const std::string& path, Index step,
                                                        const NamedArrays& arrays) const {
  constexpr Index slack = Index{1} << 16;
  Index bytes = slack;
  for (const auto& array : arrays) {
    bytes += std::visit([&](const auto* place) { return BytesOfArray{array}(place); }, array.place);
  }
  make_room(path, bytes);
  auto file = Hdf5File::create(path);
  reserve(path, bytes);
  file.make_group("arrays");
  file.set_attribute("/", "replearn checkpoint", std::vector<Index>{layout_version});
  file.set_attribute("/", "step", std::vector<Index>{step});
  file.set_attribute("/", "condition names", names_of(conditions_));
  file.set_attribute("/", "condition values", values_of(conditions_));
  file.set_attribute("/", "written", now_text() + format(" on %d ranks", comm_.size()));
  for (const auto& array : arrays) {
    std::visit([&](const auto* place) { MakeArray{file, array}(place); }, array.place);
  }
  std::vector<Index> places;
  for (const auto& array : arrays) {
    if (array.rows) std::visit([&](const auto* place) { PlacesOfRows{file, array, places}(place); }, array.place);
  }
  file.close();
  return places;
}

void CheckpointFolder::save(const std::string& name, Index step, const NamedArrays& arrays) {
  const std::string final = path_ + "/" + name + "." + std::to_string(incarnation_) + ".h5";
  // A name of its own for each attempt: HDF5 may still hold the file of one that failed.
  const std::string temporary =
      format("%s/.%s.%lld.%d.part", path_.c_str(), name.c_str(), static_cast<long long>(incarnation_), ++attempts_);
  std::error_code ignored;
  names_.insert(name);
  try {
    std::vector<Index> places;
    mpi::on_root(comm_, [&] { places = write_all_but_rows(temporary, step, arrays); });
    places = mpi::broadcast(comm_, std::move(places));
    // The rows go to their places in the HDF5 file past HDF5: MPI-IO does not come back whole from a full or lost disk.
    mpi::together(comm_, [&] {
      PlacedWriter file(temporary);
      const Index* next_place = places.data();
      for (const auto& array : arrays) {
        if (!array.rows) continue;
        std::visit([&](const auto* place) { WriteMyRows{file, array, comm_.rank(), next_place}(place); }, array.place);
      }
      file.synchronize();
    });
    require_mine();
    mpi::on_root(comm_, [&] { appear(temporary, final); });
  } catch (...) {
    if (comm_.is_root()) fs::remove(temporary, ignored);
    throw;
  }
  if (!comm_.is_root()) return;
  for (const Index number : numbers_of(path_, name, ".h5")) {
    if (number < incarnation_) fs::remove(path_ + "/" + name + "." + std::to_string(number) + ".h5", ignored);
  }
}

std::optional<Index> CheckpointFolder::load(const std::string& name, const NamedArrays& arrays) {
  std::string path;
  Index step = 0;
  names_.insert(name);
  mpi::on_root(comm_, [&] {
    const auto numbers = numbers_of(path_, name, ".h5");
    if (numbers.empty()) return;
    path = path_ + "/" + name + "." + std::to_string(numbers.back()) + ".h5";
    try {
      const auto file = Hdf5File::open(path);
      if (file.index_attribute("/", "replearn checkpoint").at(0) != layout_version)
        throw InputError(path, "", "is a checkpoint of another version of replearn", mend());
      step = file.index_attribute("/", "step").at(0);
      const auto differing = differences(conditions_, file.strings_attribute("/", "condition names"),
                                         file.strings_attribute("/", "condition values"));
      if (!differing.empty()) throw InputError(path, "", "is a checkpoint of another job: " + differing, mend());
    } catch (const InputError& error) {
      throw InputError(path, error.place(), error.problem(), mend());
    }
  });
  path = mpi::broadcast(comm_, path);
  if (path.empty()) return {};
  const auto file = Hdf5File::open(comm_, path);
  mpi::together(comm_, [&] {
    for (const auto& array : arrays) {
      std::visit([&](auto* place) { ReadArray{file, array, comm_.rank()}(place); }, array.place);
    }
  });
  return mpi::broadcast(comm_, step);
}

void CheckpointFolder::forget() {
  if (!comm_.is_root()) return;
  std::error_code ignored;
  const auto remove_all = [&](const std::string& name, const std::string& ending) {
    for (const Index number : numbers_of(path_, name, ending)) {
      fs::remove(path_ + "/" + name + "." + std::to_string(number) + ending, ignored);
    }
  };
  for (const auto& name : names_) remove_all(name, ".h5");
  remove_all(marker, "");
  fs::remove(path_, ignored);
}

}  // namespace replearn::io
