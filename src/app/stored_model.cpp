#include "app/stored_model.hpp"

#include <cmath>

#include "base/error.hpp"

namespace replearn::app {
namespace {

Index whole(double number) {
  constexpr double max_width = 1099511627776.0;  // 2^40
  return number == std::floor(number) && std::abs(number) <= max_width ? static_cast<Index>(number) : Index{-1};
}

}  // namespace

StoredModel::StoredModel(const io::H5adReader& file, std::string place, std::string verb)
    : file_(file), place_(std::move(place)), verb_(std::move(verb)) {
  if (file_.has(place_)) return;
  throw InputError(file_.path(), place_, "no such key: the file has no model",
                   "run replearn " + verb_ + " on that file first");
}

std::vector<double> StoredModel::numbers(const std::string& name) const {
  return file_.numbers(place_ + "/" + name);
}

std::vector<float> StoredModel::narrow_numbers(const std::string& name) const {
  const auto wide = numbers(name);
  std::vector<float> narrow(wide.size());
  std::transform(wide.begin(), wide.end(), narrow.begin(), [](double number) { return static_cast<float>(number); });
  return narrow;
}

std::vector<std::string> StoredModel::texts(const std::string& name) const {
  return file_.texts(place_ + "/" + name);
}

std::string StoredModel::text(const std::string& name) const {
  return file_.text(place_ + "/" + name).value_or("");
}

double StoredModel::number(const std::string& name) const {
  const auto all = numbers(name);
  if (all.size() != 1) does_not_fit(name + " is not a single number");
  return all.front();
}

Index StoredModel::whole_number(const std::string& name) const {
  return whole(number(name));
}

std::vector<Index> StoredModel::whole_numbers(const std::string& name) const {
  std::vector<Index> numbers_of;
  for (const double number : numbers(name)) numbers_of.push_back(whole(number));
  return numbers_of;
}

void StoredModel::does_not_fit(const std::string& what) const {
  throw InputError(file_.path(), place_, what, "run replearn " + verb_ + " on that file again");
}

bool layers_fit(const std::vector<Index>& widths, Index weights) {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] < 1) return false;
    if (i > 0 && widths[i - 1] > weights / widths[i]) return false;  // the product itself could overflow
  }
  return true;
}

}  // namespace replearn::app
