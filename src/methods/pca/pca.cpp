#include "methods/pca/pca.hpp"
