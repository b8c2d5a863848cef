#include "app/figure_path.hpp"
#include "app/layer_name.hpp"
#include "app/vae/vae.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

std::vector<Index> widths_of(const std::vector<Index>& given) {
  return given == std::vector<Index>{0} ? std::vector<Index>{} : given;
}

}  // namespace

vae::Options VaeSettings::checked() const {
  vae::Options options = method;
  options.encoder = widths_of(method.encoder);
  options.decoder = widths_of(method.decoder);
  options.patience = patience.value_or(0);
  if (!given.contains("epochs") && preset == vae::Preset::replearn) {
    options.min_steps = 4'000;
    if (!patience) options.patience_steps = 500;
  }
  options.validate();
  return options;
}

void VaeSettings::validate() const {
  const vae::Options options = checked();
  check_layer_name("--impute", impute);
  check_layer_name("--denoise", denoise);
  if (importance_samples < 0) {
    throw InputError("", "--importance-samples", "must not be negative", "0: none; 100 is usual");
  }
  if (importance_samples > 0 && options.holdout == 0 && reference.empty()) {
    throw InputError("", "--importance-samples", "needs held-out cells", "add --holdout 0.1");
  }
  if (sample < 0) throw InputError("", "--sample", "must not be negative", "0: none");
  if (sample == 0 && !sample_output.empty()) {
    throw InputError("", "--sample-output", "names a file, but no cells are sampled", "add --sample 1000");
  }
  if (!(denoise_library > 0)) throw InputError("", "--denoise-library", "must be positive", "10000 is usual");
  if (!denoise.empty() && reference.empty() &&
      (!vae::of_counts(options.likelihood) || options.library == vae::Library::none)) {
    throw InputError("", "--denoise", "needs a count likelihood with a library size", "use --impute");
  }
  check_figure_format(figure_format);
}

}  // namespace replearn::app
