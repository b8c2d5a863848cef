#include "io/tenx_folder.hpp"

#include "io/names.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {

ExpressionMatrix read_tenx_folder(const mpi::Communicator& comm, const std::string& path, const InputOptions& options,
                                  const Log& log) {
  ExpressionMatrix data;
  TenxFolder folder;
  MatrixMarketHeader header;
  CellAxis cells = CellAxis::columns;
  mpi::on_root(comm, [&] {
    folder = find_tenx_folder(path, options);
    header = read_matrix_market_header(folder.matrix);
    auto tables = read_folder_tables(folder, header, log);
    data.obs = std::move(tables.obs);
    data.var = std::move(tables.var);
    cells = tables.cells;
    if (folder.matrix != path) log.line("matrix: " + folder.matrix);
  });
  header = mpi::broadcast(comm, header);
  cells = mpi::broadcast(comm, cells);
  folder.matrix = mpi::broadcast(comm, std::move(folder.matrix));
  require_rows(comm, folder.matrix, cells == CellAxis::columns ? header.columns : header.rows);
  data.x = read_matrix_market(comm, folder.matrix, header, cells, log);
  return data;
}

}  // namespace replearn::io
