replearn_test(blocked_distances SOURCES blocked_distances_test.cpp ROOMS numerics RANKS 1)
