#pragma once
#include "methods/vae/options.hpp"

namespace replearn::vae {

/// Everything that determines the layout and meaning of a network's weights.
struct Shape {
  Index genes = 0, condition_levels = 0;  ///< total number of levels over all conditions
  Index latent = 10;
  std::vector<Index> encoder = {}, decoder = {};
  nn::Activation activation = nn::Activation::relu;
  Likelihood likelihood = Likelihood::negative_binomial;
  Library library = Library::observed;
  Noise noise = Noise::per_gene;
  bool log1p = true, encode_conditions = false, batch_norm = true;

  Shape() = default;
  Shape(const Options& options, Index m, Index levels)
      : genes(m),
        condition_levels(levels),
        latent(options.latent),
        encoder(options.encoder),
        decoder(options.decoder),
        activation(options.activation),
        likelihood(options.likelihood),
        library(options.library),
        noise(options.noise),
        log1p(options.log1p()),
        encode_conditions(options.encode_conditions),
        batch_norm(options.batch_norm) {}

  Index encoder_inputs() const { return genes + (encode_conditions ? condition_levels : 0); }
  Index decoder_inputs() const { return latent + condition_levels; }
  bool counts() const { return of_counts(likelihood); }
};

}  // namespace replearn::vae
