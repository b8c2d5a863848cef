#pragma once
#include "methods/tsne/fourier_kernel.hpp"

/// Fourier transforms in float32 of functions with symmetries, in terms of the transforms of fourier_kernel.hpp. The
/// operations depend on the length only, so results are bitwise identical on every rank and in every run. Transforms
/// are unnormalized: a forward and a backward transform multiply by the length. All local.
namespace replearn::tsne::fourier {

/// The smallest 2^a 3^b 5^c >= `at_least` that is a multiple of 16.
Index fast_length(Index at_least);

/// Symmetry of a function about 0, for the transforms below.
enum class Parity { even, odd };

/// In-place transform of the quarter [0, half] x [0, half] (row-major, half + 1 numbers per line) of a function with
/// period 2 half in both directions and the given parities. The result is real: times -i for each odd direction it is
/// the discrete Fourier transform at frequencies [0, half] x [0, half]. An odd function is 0 at 0 and half, whatever is
/// there. Cost: (half + 1) / 4 transforms of eight real lines of length 2 half.
void transform_quarter(float* values, Index half, Parity first, Parity second);
/// The one-dimensional version on [0, half].
void transform_half(float* values, Index half, Parity parity);

}  // namespace replearn::tsne::fourier
