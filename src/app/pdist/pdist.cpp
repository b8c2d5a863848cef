#include "app/pdist/pdist.hpp"

#include "base/error.hpp"
#include "app/feature_types.hpp"
#include "app/metric_record.hpp"

namespace replearn::app {

PdistSettings pdist_step(Workspace& work, const PdistSettings& settings) {
  settings.method.validate(work.rows());
  if (settings.key.empty() || settings.key.find('/') != std::string::npos) {
    throw InputError("", "--key", "'" + settings.key + "' is not a valid entry name",
                     "omit it, or choose a plain word");
  }
  const bool square = settings.method.form == pdist::Form::square;
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  PdistSettings used = settings;
  used.use_rep = work.representation_name(settings.use_rep);
  ValueTree parameters, uns;
  record_metric(parameters, settings.method.metric);
  parameters.set("form", square ? "square" : "condensed")
      .set("n", x.rows())
      .set("use_rep", work.representation_name(settings.use_rep));
  uns.set("params", std::move(parameters));
  work.set_uns(settings.key, std::move(uns));
  work.set_computed(square ? "obsp/" + settings.key : "uns/" + settings.key + "/condensed",
                    pdist::extent(settings.method.form, x.rows()),
                    [&session, &x, method = settings.method](const WriteBox& write) {
                      pdist::pdist(session.comm, x, method, write, session.log);
                    });
  return used;
}

}  // namespace replearn::app
