#include "methods/sammon/sammon.hpp"
