replearn_test(blocked_distances SOURCES blocked_distances_test.cpp ROOMS numerics RANKS 1)
replearn_test(near_pairs SOURCES near_pairs_test.cpp ROOMS numerics RANKS 1)
target_link_libraries(test_near_pairs PRIVATE PkgConfig::HWY)
