#include "methods/tsne/tsne.hpp"
