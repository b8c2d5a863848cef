replearn_test(blocked_distances SOURCES blocked_distances_test.cpp MODULES numerics RANKS 1)
replearn_test(panel_distances SOURCES panel_distances_test.cpp MODULES numerics RANKS 1)
target_link_libraries(test_panel_distances PRIVATE PkgConfig::HWY)
