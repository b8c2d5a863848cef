#include "app/model_layer.hpp"

#include <algorithm>

namespace replearn::app {

void put_model_layer(Workspace& work, const std::string& name, const DistributedMatrix& rows, Index columns,
                     std::shared_ptr<const FeatureMatrix> features, Index rows_per_pass,
                     std::function<RowMatrix(Index begin, Index count)> values) {
  const Index m = features ? features->columns_of_whole() : columns;
  const Index first = rows.first_row(), local_rows = rows.local_rows();
  work.writer().put_computed("layers/" + name, {rows.rows(), m}, [=](const WriteBox& write) {
    for (Index begin = 0; begin < local_rows; begin += rows_per_pass) {
      const Index count = std::min(rows_per_pass, local_rows - begin);
      RowMatrix block = values(begin, count);
      if (features) block = features->complete(begin, block);
      write({{first + begin, 0}, {count, m}}, {block.data(), static_cast<std::size_t>(block.size())});
    }
  });
}

}  // namespace replearn::app
