#include "methods/vae/options.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "nn/model_memory.hpp"

namespace replearn::vae {

void Options::validate() const {
  require(latent >= 1 && latent <= nn::max_width, "--latent", "must be from 1 to 2^20",
          "10 is usual, 2 can be plotted");
  for (const auto* widths : {&encoder, &decoder}) {
    for (const Index width : *widths) {
      require(width <= nn::max_width, widths == &encoder ? "--encoder" : "--decoder", "a width above 2^20",
              "128 is usual");
    }
  }
  for (const Index width : encoder) require(width >= 1, "--encoder", "a width below 1", "use 128, or 256,128, or 0");
  for (const Index width : decoder) require(width >= 1, "--decoder", "a width below 1", "use 128, or 128,256, or 0");
  require(dropout >= 0 && dropout < 1, "--dropout", "must be from 0 to below 1", "0.1 is usual");
  require(beta >= 0, "--beta", "must not be negative", "1 gives the standard ELBO");
  require(kl_warmup >= 0, "--kl-warmup", "must not be negative", "0 disables it");
  require(batch >= 2, "--batch", "must be at least 2", "128 is usual");
  require(patience >= 0, "--patience", "must not be negative", "0 never stops");
  require(patience == 0 || holdout > 0, "--patience", "needs held-out cells", "add --holdout 0.1");
  require(epochs >= 0, "--epochs", "must not be negative", "0 chooses it from the number of cells");
  optimizer.validate();
  require(clip >= 0, "--clip", "must not be negative", "0 disables it");
  require(holdout >= 0 && holdout < 1, "--holdout", "must be from 0 to below 1", "0.1 is usual");
}

Index epochs_of(const Options& options, Index cells) {
  if (options.epochs > 0) return options.epochs;
  const double n = static_cast<double>(std::max<Index>(cells, 1));
  return std::max<Index>(1, static_cast<Index>(std::min(std::round(20000 / n * 400), 400.0)));
}

void apply(Preset preset, Options& o) {
  const Options defaults;
  o = defaults;
  if (preset == Preset::replearn) return;
  o.likelihood = Likelihood::zero_inflated;
  o.kl_warmup = 400;
  o.optimizer.epsilon = 0.01;
  o.optimizer.weight_decay = 1e-6;
}

}  // namespace replearn::vae
