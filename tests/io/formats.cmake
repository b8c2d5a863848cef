# The readers of everything but .h5ad, and joining labels.
replearn_test(io_formats_text SOURCES formats_text_test.cpp ROOMS io)
replearn_test(io_formats_matrix_market SOURCES formats_matrix_market_test.cpp ROOMS io)
replearn_test(io_formats_delimited SOURCES formats_delimited_test.cpp ROOMS io)
replearn_test(io_formats_join_obs SOURCES formats_join_obs_test.cpp ROOMS io RANKS 1)
foreach(test text matrix_market delimited join_obs)
  target_link_libraries(test_io_formats_${test} PRIVATE ZLIB::ZLIB)
endforeach()
