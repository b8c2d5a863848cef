#include "report/scatter.hpp"
