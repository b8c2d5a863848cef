#include "io/input.hpp"
