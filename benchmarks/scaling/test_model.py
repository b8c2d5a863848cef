"""The model of scaling finds the coefficients of times that were made by it."""

import math
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import model  # noqa: E402


class OfItsOwnMaking(unittest.TestCase):
    def test_coefficients_are_found(self):
        rows = []
        for p in (1, 2, 3, 4, 8):
            sent = 8e5 * (p - 1) / p + 100 * (p - 1)
            in_mpi = 0.003 * math.log2(p) + sent / 1e9
            rows.append((p, 100000, 0.2 + 10 * model.imbalance(100000, p) / p + in_mpi, in_mpi, sent))
        found = model.Model(rows)
        for name, value in (("serial", 0.2), ("work", 10), ("latency", 0.003), ("per_byte", 1e-9), ("gathered", 8e5),
                            ("counted", 100)):
            self.assertAlmostEqual(getattr(found, name) / value, 1, places=6, msg=name)
        self.assertAlmostEqual(found.seconds(8), rows[-1][2], places=9)

    def test_imbalance_is_that_of_whole_blocks(self):
        self.assertEqual(model.imbalance(100000, 1), 1)
        self.assertEqual(model.imbalance(512 * 64, 64), 1)
        self.assertAlmostEqual(model.imbalance(100000, 150), 2 * 150 / 196)


if __name__ == "__main__":
    unittest.main()
