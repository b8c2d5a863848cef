"""Strong scaling (one problem, more ranks) and weak scaling (as many more cells as ranks) of each method: medians of
repeats, speed-up, efficiency and the share of communication; then the model's prediction. See ../scaling.sh."""

import argparse
import json
import os
import statistics
import subprocess

import anndata
import numpy

import model

# Of each method: cells of the strong run and of one rank in the weak one, the words of the command, and how its work
# grows with the number of cells (for weak scaling of what grows faster than cells, efficiency counts that).
METHODS = {
    "tsne": (100000, 25000, ["--affinities", "uniform", "--early-exaggeration-iterations", "20", "--iterations", "40"], 1),
    "neighbors": (20000, 10000, ["--method", "exact", "--neighbors", "30"], 2),
    "sammon": (4000, 2000, ["--iterations", "50", "--relaxations", "0"], 2),
    "pca": (50000, 25000, ["--components", "20", "--method", "exact"], 1),
}


def cells(path, count, columns):
    if os.path.exists(path):
        return
    random = numpy.random.default_rng(count)
    centers = random.normal(0, 4, (30, columns))
    x = (centers[random.integers(0, 30, count)] + random.normal(size=(count, columns))).astype("float32")
    data = anndata.AnnData(x if columns > 50 else numpy.zeros((count, 1), "float32"))
    if columns <= 50:
        data.obsm["X_pca"] = x
    data.write_h5ad(path)


def measure(folder, method, count, words, ranks):
    """Seconds of the method's own phase, mean seconds in MPI, bytes sent a rank."""
    data = f"{folder}/{'genes' if method == 'pca' else 'scores'}_{count}.h5ad"
    cells(data, count, 400 if method == "pca" else 20)
    launch = os.environ["REPLEARN_LAUNCH"].split()
    if launch[0] == "mpirun":
        launch = ["mpirun", *(launch[3:] if launch[1] == "-n" else launch[1:])]
    launch[1:1] = ["-n", str(ranks)]
    timings = f"{folder}/timings.json"
    subprocess.run([*launch, method, data, f"{folder}/out.h5ad", "--timings", timings, "--quiet", *words], check=True)
    with open(timings) as file:
        phase = next(phase for phase in json.load(file)["phases"] if phase["name"] == method)
    return phase["seconds_slowest"], phase["seconds_in_mpi"], phase["bytes_sent_per_rank"]


def medians(samples):
    return [statistics.median(column) for column in zip(*samples)]


def table(rows, strong, growth):
    """Markdown; rows: (ranks, cells, seconds, in MPI, bytes sent)."""
    text = "| ranks | cells | seconds | speed-up | efficiency | in MPI | sent a rank |\n|---|---|---|---|---|---|---|\n"
    first = rows[0]
    for ranks, count, seconds, in_mpi, sent in rows:
        work = (count / first[1]) ** growth
        speed_up = first[2] / seconds * work * first[0]
        text += (f"| {ranks} | {count:,} | {seconds:.2f} | {speed_up:.2f} | {speed_up / ranks:.0%} | "
                 f"{in_mpi / seconds:.0%} | {sent / 1e6:.2f} MB |\n")
    return text


def draw(path, all_rows):
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        print("matplotlib is not there: no pictures")
        return
    figure, axes = pyplot.subplots(2, 3, figsize=(13, 8))
    for line, (kind, methods) in zip(axes, all_rows.items()):
        for method, rows in methods.items():
            ranks = [row[0] for row in rows]
            growth = METHODS[method][3]
            ideal = [rows[0][2] * (row[1] / rows[0][1]) ** growth / row[0] * ranks[0] for row in rows]
            line[0].loglog(ranks, [row[2] for row in rows], "o-", label=method)
            line[1].plot(ranks, [i / row[2] for i, row in zip(ideal, rows)], "o-")
            line[2].plot(ranks, [row[3] / row[2] for row in rows], "o-")
        for axis, title in zip(line, ("seconds", "efficiency", "share of communication")):
            axis.set(title=f"{kind} scaling: {title}", xlabel="ranks", ylim=None if title == "seconds" else (0, 1.1))
        line[0].legend()
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ranks", default="1,2,4")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", default="results/scaling")
    parser.add_argument("--scale", type=float, default=1, help="all numbers of cells times this")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    ranks_list = [int(ranks) for ranks in options.ranks.split(",")]
    all_rows = {"strong": {}, "weak": {}}
    for method in options.methods.split(","):
        strong_cells, weak_cells, words, growth = METHODS[method]
        for kind in all_rows:
            rows = []
            for ranks in ranks_list:
                count = int(options.scale * (strong_cells if kind == "strong" else weak_cells * ranks))
                samples = [measure(options.folder, method, count, words, ranks) for _ in range(options.repeats)]
                rows.append((ranks, count, *medians(samples)))
            all_rows[kind][method] = rows
            print(f"\n{method}, {kind} scaling, medians of {options.repeats}\n\n{table(rows, kind == 'strong', growth)}")
    with open(f"{options.folder}/scaling.json", "w") as file:
        json.dump(all_rows, file)
    draw(f"{options.folder}/scaling.png", all_rows)
    if max(ranks_list) > len(os.sched_getaffinity(0)) and "SLURM_JOB_ID" not in os.environ:
        print("More ranks than cores: they wait for each other's turns, which the model takes for communication. Its "
              "predictions are far too low.")
    for method, rows in all_rows["strong"].items():
        print(model.report(method, rows))


if __name__ == "__main__":
    main()
