"""The model of scaling beside what is measured where the network is known: hosts made of namespaces (tests/cluster), a
rank on each, every link limited to one rate. Fitted to the smaller numbers of hosts it predicts the larger ones; its
bandwidth should be the limit. As root.

    /usr/bin/python3 -B benchmarks/scaling/limited_links.py --program build/dev/src/cli/replearn --rate 100
"""

import argparse
import json
import os
import sys
import tempfile

import model
from run import cells, medians

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/cluster"))
from hosts import Hosts, why_not  # noqa: E402

WORDS = ["tsne", "--affinities", "uniform", "--start", "random", "--early-exaggeration-iterations", "10", "--repulsion",
         "fft"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--rate", type=float, default=100, help="of each link, in Mbit/s")
    parser.add_argument("--hosts", default="1,2,3,4,6,8")
    parser.add_argument("--fitted", type=int, default=4, help="to how many of these numbers the model is fitted")
    parser.add_argument("--cells", type=int, default=20000)
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if why_not():
        sys.exit(f"no hosts can be made here: {why_not()}")
    counts = [int(word) for word in options.hosts.split(",")]
    with tempfile.TemporaryDirectory(prefix="replearn-links-") as folder:
        data, timings = f"{folder}/cells.h5ad", f"{folder}/timings.json"
        cells(data, options.cells, 20)
        hosts = Hosts(folder, count=max(counts))
        try:
            hosts.start()
            for i in range(1, hosts.count + 1):
                hosts.limit(i, f"{options.rate}mbit")
            rows = []
            for count in counts:
                samples = []
                for _ in range(options.repeats):
                    words = [os.path.abspath(options.program), *WORDS, "--iterations", options.iterations, "--input", data,
                             "--output", f"{folder}/out.h5ad", "--timings", timings, "--quiet"]
                    run = hosts.mpirun(words, range(1, count + 1))
                    _, error = run.communicate(timeout=300)
                    if run.returncode != 0:
                        sys.exit(error)
                    with open(timings) as file:
                        phase = next(phase for phase in json.load(file)["phases"] if phase["name"] == "tsne")
                    samples.append((phase["seconds_slowest"], phase["seconds_in_mpi"], phase["bytes_sent_per_rank"]))
                rows.append((count, options.cells, *medians(samples)))
        finally:
            hosts.stop()
    fit = model.Model(rows[:options.fitted])
    print(f"{options.cells:,} cells, {options.iterations + 10} iterations, links of {options.rate:g} Mbit/s = "
          f"{options.rate / 8:g} MB/s; fitted to {counts[:options.fitted]} hosts: "
          f"{1e-6 / max(fit.per_byte, 1e-12):.1f} MB/s a rank, {1000 * fit.latency:.1f} ms log2(ranks)\n\n"
          "| hosts | sent a rank | in MPI s | measured s | predicted s | off |\n|---|---|---|---|---|---|")
    for k, (count, _, seconds, in_mpi, sent) in enumerate(rows):
        predicted = fit.seconds(count)
        print(f"| {count} | {sent / 1e6:.1f} MB | {in_mpi:.2f} | {seconds:.2f} | {predicted:.2f} | "
              f"{'fitted' if k < options.fitted else format(predicted / seconds - 1, '+.0%')} |")


if __name__ == "__main__":
    main()
