#pragma once
#include "cli/workspace.hpp"
#include "methods/factorized/factorized.hpp"

/// A network with its gene embeddings, as it lies in a file: uns/fe/network and varm/fe.
namespace replearn::cli {

/// uns/fe/network: dimensions, widths, forms, range and all weights in one flat array (order: see Network).
ValueTree network_record(const factorized::Network<float>& network);

/// Sets of the options what the network fixes: dimensions, layers, activation, output, loss.
void take_shape(const factorized::Shape& shape, factorized::Options& options);

/// All ranks. Throws InputError if the file has none, or one that does not fit itself.
factorized::Model read_model(const io::H5adReader& file);

}  // namespace replearn::cli
