#include "io/h5ad_reader.hpp"
