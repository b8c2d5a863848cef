#pragma once
#include "app/workspace.hpp"
#include "methods/bigan/outputs.hpp"

/// Encoder and generator as stored in a file, in uns/bigan/model.
namespace replearn::app {

ValueTree model_record(const bigan::Model& model, const bigan::Options& options);

/// All ranks. Throws InputError if the file has no model or an inconsistent one.
bigan::Model read_bigan(const io::H5adReader& file);

}  // namespace replearn::app
