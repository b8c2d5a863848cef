#pragma once
#include "app/vae/conditions.hpp"
#include "methods/vae/vae.hpp"

/// A trained model as stored in a file: uns/vae/model.
namespace replearn::app {

/// Layer widths, model options, all weights in one flat array (order: see vae::Network), batch-norm statistics,
/// library-size statistics, and the conditions with their labels.
ValueTree model_record(const vae::Model& model, const ConditionLabels& conditions);

/// All ranks. Throws InputError if the file has no model or an inconsistent one.
vae::Model read_vae(const io::H5adReader& file, ConditionLabels& conditions);

}  // namespace replearn::app
