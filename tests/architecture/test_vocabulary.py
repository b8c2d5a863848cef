"""The checker of names and spelling passes what is right and finds what is not."""

import os
import tempfile
import unittest

from vocabulary import main, violations


class Vocabulary(unittest.TestCase):
    def found(self, name, text):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
            found = list(violations(root))
            self.assertEqual(main(["vocabulary.py", root]), 1 if found else 0)
            return found

    def test_what_is_right(self):
        self.assertEqual(self.found("a.cpp", "Index rows_per_block = max_rows;  // neighbors of a cell, most of them\n"
                                             "int color, a_weight, is_exact, as_text, promise, wise, most_frequent;\n"), [])
        self.assertEqual(self.found("a.md", "Normalize, then exercise; the otherwise concise analyses. Size, noise.\n"), [])

    def test_names(self):
        for name, rule in (("rows_a_block", "_per_"), ("steps_an_epoch", "_per_"), ("most_rows", "max_"),
                           ("least_gain", "min_"), ("longest_line", "max_")):
            found = self.found("a.hpp", f"\nIndex {name} = 0;\n")
            self.assertEqual(len(found), 1, name)
            self.assertIn("a.hpp:2", found[0])
            self.assertIn(rule, found[0])

    def test_spelling(self):
        for word in ("neighbours", "colour", "centred", "normalisation", "initialise", "labelled", "behaviour",
                     "Optimised", "learnt", "synchronises", "artefact"):
            for name in ("a.md", "a.cfg", "a.cpp", "a.py"):
                self.assertEqual(len(self.found(name, f"// the {word} of it\n")), 1, word)


if __name__ == "__main__":
    unittest.main()
