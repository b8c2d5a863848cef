#include "text/node_words.hpp"

namespace replearn {

NodeWords::NodeWords(const mpi::Communicator& node, const WordTable& on_root)
    : text_(node, std::vector<char>(on_root.text_.begin(), on_root.text_.end())),
      ends_(node, on_root.ends_),
      slots_(node, on_root.slots_) {}

}  // namespace replearn
