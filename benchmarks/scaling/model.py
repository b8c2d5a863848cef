"""What strong scaling to many ranks would be, from a few: a time of computing and one of communication, fitted apart.

    computing(p)      = serial + work * imbalance(p) / p          seconds outside of MPI
    communication(p)  = latency * log2(p) + sent(p) / bandwidth   seconds in MPI, waiting for slower ranks included
    sent(p)           = a (p - 1) / p + b (p - 1)                 bytes a rank: of arrays that all gather or reduce; of
                                                                  counts to each other rank

imbalance: ranks own whole blocks of rows (16 to 512 of them, about n / 64, see data/row_partition.hpp), so that the
fullest has ceil(blocks / p) of them. All coefficients are at least 0 (non-negative least squares).

Assumed: the network is to many nodes what the one measured is to few (one bandwidth a rank, no congestion); reductions
take log2(p) rounds; nothing else is shared. Measured with more ranks than cores, seconds in MPI hold time that others
computed: then communication comes out too large, and efficiency too small. The fit is checked by leaving the largest
number of ranks out and predicting it.

    python3 benchmarks/scaling/model.py results/scaling/scaling.json
"""

import json
import math
import sys

import numpy


def non_negative(a, b):
    """argmin |a x - b|, x >= 0, by trying every set of columns (there are two)."""
    best, best_error = numpy.zeros(a.shape[1]), numpy.inf
    for mask in range(1, 2 ** a.shape[1]):
        columns = [c for c in range(a.shape[1]) if mask >> c & 1]
        x = numpy.linalg.lstsq(a[:, columns], b, rcond=None)[0]
        error = numpy.linalg.norm(a[:, columns] @ x - b)
        if (x >= 0).all() and error < best_error * (1 - 1e-9):
            best, best_error = numpy.zeros(a.shape[1]), error
            best[columns] = x
    return best


def imbalance(rows, ranks):
    size = 16
    while size < 512 and size < rows / 64:
        size *= 2
    blocks = math.ceil(rows / size)
    return math.ceil(blocks / ranks) * ranks / blocks


class Model:
    def __init__(self, rows):
        """rows: (ranks, cells, seconds, in MPI, bytes sent a rank), of one problem."""
        p = numpy.array([row[0] for row in rows], float)
        self.cells = rows[0][1]
        seconds, in_mpi, sent = (numpy.array([row[c] for row in rows]) for c in (2, 3, 4))
        uneven = numpy.array([imbalance(self.cells, int(ranks)) for ranks in p])
        self.serial, self.work = non_negative(numpy.stack([numpy.ones_like(p), uneven / p], 1), seconds - in_mpi)
        self.gathered, self.counted = non_negative(numpy.stack([(p - 1) / p, p - 1], 1), sent)
        self.latency, self.per_byte = non_negative(numpy.stack([numpy.log2(p), sent], 1), in_mpi)

    def seconds(self, p):
        sent = self.gathered * (p - 1) / p + self.counted * (p - 1)
        return (self.serial + self.work * imbalance(self.cells, p) / p + self.latency * math.log2(p) +
                self.per_byte * sent)


def report(method, rows):
    if len(rows) < 3:
        return f"\n{method}: the model needs three numbers of ranks or more"
    model, without_last = Model(rows), Model(rows[:-1])
    last, measured = rows[-1][0], rows[-1][2]
    bandwidth = f"{1e-9 / model.per_byte:.2f} GB/s a rank" if model.per_byte > 0 else "not felt"
    text = (f"\n{method}, {model.cells:,} cells: computing {model.serial:.3f} s + {model.work:.2f} s / ranks, "
            f"{1000 * model.latency:.2f} ms log2(ranks), bandwidth {bandwidth}\n"
            f"fitted without {last} ranks, it predicts {without_last.seconds(last):.2f} s there; "
            f"measured {measured:.2f} s\n\n| ranks | seconds | efficiency |\n|---|---|---|\n")
    for p in (16, 64, 256, 1024, 4096):
        text += f"| {p} | {model.seconds(p):.3f} | {model.seconds(1) / p / model.seconds(p):.0%} |\n"
    return text


if __name__ == "__main__":
    with open(sys.argv[1]) as results:
        for name, measured_rows in json.load(results)["strong"].items():
            print(report(name, measured_rows))
