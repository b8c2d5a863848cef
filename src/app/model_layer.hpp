#pragma once
#include <functional>
#include <memory>
#include <string>

#include "app/feature_types.hpp"

namespace replearn::app {

/// Adds layers/<name> with values of a model, such as imputed expression, computed a few rows at a time while the
/// output is written, since all of them may be too large for memory. All ranks.
///
/// rows: a matrix with the rows of the layer; only its distribution is used. columns: number of columns of `values`,
/// which is called with local rows [begin, begin + count) and must own what it needs. features: the columns of the
/// input that these are; the others keep the values of the input; nullptr: all.
void put_model_layer(Workspace& work, const std::string& name, const DistributedMatrix& rows, Index columns,
                     std::shared_ptr<const FeatureMatrix> features, Index rows_per_pass,
                     std::function<RowMatrix(Index begin, Index count)> values);

}  // namespace replearn::app
