#pragma once
#include "data/annotations.hpp"

namespace replearn::app {

/// A column of obs as labels: numbers as in a printed table, empty strings and NaN as missing. Local.
Categorical as_labels(const Column& column);

}  // namespace replearn::app
