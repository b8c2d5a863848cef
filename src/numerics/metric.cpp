#include "numerics/metric.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace replearn {
namespace {

std::string shortest(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return {text, end};
}

}  // namespace

Metric::Kind Metric::form() const {
  if (kind != minkowski) return kind;
  return p == 1 ? manhattan : p == 2 ? euclidean : p >= 0x1p30 ? chebyshev : minkowski;
}

bool Metric::has_product() const {
  const Kind name = form();
  return name == euclidean || name == sqeuclidean || name == cosine || name == correlation;
}

void Metric::validate() const {
  if (kind != minkowski && p != 2) {
    throw InputError("", "--p", "is " + shortest(p) + ", but " + metric_name(*this) + " has no p",
                     "choose --metric minkowski, or omit --p");
  }
  if (!(p >= 0)) {
    throw InputError("", "--p", "is " + shortest(p),
                     "choose 0 (number of differing entries), a number above 0, or inf (the largest difference)");
  }
}

const std::vector<std::pair<std::string, Metric::Kind>>& metric_names() {
  static const std::vector<std::pair<std::string, Metric::Kind>> names = {
      {"euclidean", Metric::euclidean},     {"sqeuclidean", Metric::sqeuclidean}, {"cosine", Metric::cosine},
      {"correlation", Metric::correlation}, {"manhattan", Metric::manhattan},     {"cityblock", Metric::manhattan},
      {"chebyshev", Metric::chebyshev},     {"minkowski", Metric::minkowski},     {"hamming", Metric::hamming}};
  return names;
}

std::string metric_name(Metric metric) {
  const auto& names = metric_names();
  return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == metric.kind; })
      ->first;
}

std::string metric_text(Metric metric) {
  return metric_name(metric) + (metric.kind == Metric::minkowski ? ", p = " + shortest(metric.p) : "");
}

}  // namespace replearn
