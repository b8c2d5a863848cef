#include "io/h5ad_writer.hpp"
