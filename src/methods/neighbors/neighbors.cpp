#include "methods/neighbors/neighbors.hpp"
