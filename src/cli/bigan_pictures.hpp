#pragma once
#include "cli/bigan_options.hpp"

/// What is drawn of a training and of its model. All ranks.
namespace replearn::cli {

void draw_training(Workspace& work, const BiganSettings& settings, const bigan::Curves& curves);

/// Of --draw-samples and --image-width: codes, samples beside data, images. x: what was learned from; codes: E(x).
void draw_model(Workspace& work, const BiganSettings& settings, const Matrix& x, const bigan::Model& model,
                const DistributedMatrix& codes);

/// The column of --labels, on root; empty elsewhere, or if none is named. Throws InputError if it is not there or no
/// categorical one.
Categorical label_column(Workspace& work, const std::string& name);

/// Before anything is computed: whether rows of so many columns can be images.
void check_images(const BiganSettings& settings, Index columns);

}  // namespace replearn::cli
