#pragma once
#include "cli/vae_conditions.hpp"
#include "methods/vae/vae.hpp"

/// A trained model as it lies in a file: uns/vae/model.
namespace replearn::cli {

/// Widths, forms, all weights in one flat array (order: see vae::Network), what batch norm keeps, how cells were, and
/// the conditions with their labels.
ValueTree model_record(const vae::Model& model, const ConditionLabels& conditions);

/// All ranks. Throws InputError if the file has none, or one that does not fit itself.
vae::Model read_vae(const io::H5adReader& file, ConditionLabels& conditions);

}  // namespace replearn::cli
