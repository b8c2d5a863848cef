#pragma once
#include "app/workspace.hpp"
#include "methods/factorize/factorize.hpp"

/// A network with its gene embeddings as stored in a file: uns/factorize/network and varm/factorize.
namespace replearn::app {

/// uns/factorize/network: dimensions, widths, forms, range and all weights in one flat array (order: see Network).
ValueTree network_record(const factorize::Network<float>& network);

/// Sets the options that the network determines: dimensions, layers, activation, output, loss.
void take_shape(const factorize::Shape& shape, factorize::Options& options);

/// All ranks. Throws InputError if the file has no model or an inconsistent one.
factorize::Model read_factorize(const io::H5adReader& file);

}  // namespace replearn::app
