#include "io/tenx/tenx_folder.hpp"

#include <algorithm>

#include "io/names.hpp"
#include "io/tenx/usa_mode.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {

ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                  const Log& log) {
  ExpressionMatrix data;
  TenxFolder folder;
  MatrixMarketHeader header;
  CellAxis cells = CellAxis::columns;
  Index genes_of_three = 0;  // number of genes in USA mode
  mpi::on_root(comm, [&] {
    folder = find_tenx_folder(path, options);
    header = read_matrix_market_header(folder.matrix);
    auto tables = read_folder_tables(folder, header, log);
    data.obs = std::move(tables.obs);
    data.var = std::move(tables.var);
    cells = tables.cells;
    genes_of_three = genes_of_usa_mode(data.var.names);
    if (genes_of_three > 0) {
      std::vector<std::uint8_t> spliced(data.var.names.size(), 0);
      std::fill_n(spliced.begin(), genes_of_three, std::uint8_t{1});
      data.var = select(data.var, spliced);
    }
    if (folder.matrix != path) log.line("matrix: " + folder.matrix);
  });
  header = mpi::broadcast(comm, header);
  cells = mpi::broadcast(comm, cells);
  genes_of_three = mpi::broadcast(comm, genes_of_three);
  folder.matrix = mpi::broadcast(comm, std::move(folder.matrix));
  auto x = read_matrix_market(comm, folder.matrix, header, cells, log);
  if (genes_of_three > 0) sum_usa_mode(comm, x, genes_of_three, log);
  data.x = std::move(x);
  return data;
}

}  // namespace replearn::io
