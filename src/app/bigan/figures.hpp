#pragma once
#include "app/bigan/bigan.hpp"

/// Draws the training curves. All ranks.
namespace replearn::app {

void draw_training(Workspace& work, const BiganSettings& settings, const bigan::Curves& curves);

/// Figures of --draw-samples and --image-width: codes, samples beside data, images. x: the training data; codes: E(x).
void draw_model(Workspace& work, const BiganSettings& settings, const Matrix& x, const bigan::Model& model,
                const DistributedMatrix& codes);

/// The column of --labels, on root; empty elsewhere, or without --labels. Throws InputError if it does not exist or is
/// not categorical.
Categorical label_column(Workspace& work, const std::string& name);

/// Called before any computation: throws InputError if rows of this length cannot be images of --image-width.
void check_images(const BiganSettings& settings, Index columns);

}  // namespace replearn::app
