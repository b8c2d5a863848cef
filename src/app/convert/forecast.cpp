#include "app/convert/convert.hpp"
#include "app/forecast/shared_costs.hpp"

namespace replearn::app {

void ConvertSettings::forecast(JobForecast& job) const {
  if (!job.data.can_stay_on_disk) forecast_x(job);
  job.writes_x = true;
}

}  // namespace replearn::app
