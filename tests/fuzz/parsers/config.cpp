// Config files, with an option of every kind.
#include "cli/command_line.hpp"
#include "parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace replearn;
  return fuzz::read_file_of(bytes, size, [](const std::string& path) {
    std::string text;
    bool yes = false;
    Index whole = 1;
    std::uint64_t seed = 0;
    double real = 1, seconds = 1;
    std::vector<std::string> names;
    std::vector<double> reals;
    std::vector<Index> wholes;
    int choice = 0;
    cli::OptionSet files("files", "Files"), pca("pca", "Options of every kind");
    files.add("input", text, "text").add("output", text, "text");
    pca.add("components", whole, "a count")
        .add("center", yes, "a switch")
        .add("seed", seed, "a seed")
        .add("scale", real, "a number")
        .add("color", names, "names")
        .add("powers", reals, "numbers")
        .add("hidden", wholes, "counts")
        .add_duration("every", seconds, "a time")
        .add_choice("method", choice, {{"auto", 0}, {"exact", 1}}, "one of some");
    cli::parse(fuzz::comm(), {"--config", path}, {&files, &pca}, cli::Naming::plain);
  });
}
