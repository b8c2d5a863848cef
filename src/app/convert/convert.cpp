#include "app/convert/convert.hpp"

#include "mpi/collectives.hpp"

namespace replearn::app {

ConvertSettings convert_step(Workspace& work, const ConvertSettings& settings) {
  auto& data = work.tables();
  if (settings.obs.empty()) return settings;
  mpi::on_root(work.comm(), [&] {
    for (const auto& line : io::join_obs(data.obs, settings.obs)) work.session().log.line(line);
  });
  return settings;
}

}  // namespace replearn::app
