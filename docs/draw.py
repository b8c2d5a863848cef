"""Draws the pictures of the guide anew: runs the code of the pages that have any, with the program, and keeps what the
program drew, side by side if there are several (a / begins a new row), in pages/pictures.

    /usr/bin/python3 -B docs/draw.py [tutorials/first_map.md ...]

Needs a build (REPLEARN, otherwise that of build/release or build/dev) and Python with scanpy, scikit-learn, gensim and
Pillow (REPLEARN_PYTHON_TODAY, otherwise that of tests/run.sh).
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
WIDTH = 1400  # pixels of a whole picture, at most

JOIN = """
import sys
from PIL import Image
target, width, *names = sys.argv[1:]
rows = [[Image.open(name).convert("RGB") for name in row.split()] for row in " ".join(names).split(" / ")]
whole = Image.new("RGB", (max(sum(part.width for part in row) for row in rows),
                          sum(max(part.height for part in row) for row in rows)), "white")
top = 0
for row in rows:
    left = 0
    for part in row:
        whole.paste(part, (left, top))
        left += part.width
    top += max(part.height for part in row)
if whole.width > int(width):
    whole = whole.resize((int(width), round(whole.height * int(width) / whole.width)), Image.Resampling.LANCZOS)
whole.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)
"""


def pictures_of(page):
    """Of the head of a page: {name of a picture: files that it is made of}."""
    head = re.match(r"---\n(.*?)^---$", page.read_text(), re.M | re.S)
    found = re.search(r"^pictures:\n((?:  .*\n)+)", head[1], re.M) if head else None
    return {name: files.split() for name, files in re.findall(r"^  (\w+): (.+)$", found[1], re.M)} if found else {}


def main():
    builds = [PROJECT / f"build/{name}/src/cli/replearn" for name in ("release", "dev")]
    os.environ.setdefault("REPLEARN", str(next((path for path in builds if path.exists()), "replearn")))
    os.environ.setdefault("REPLEARN_PYTHON_TODAY", str(PROJECT / "build/python_today/bin/python"))
    os.environ.setdefault("MPIEXEC", shutil.which("mpirun") or "mpirun")
    os.environ["REPLEARN_SOURCE"] = str(PROJECT)
    sys.path.insert(0, str(PROJECT / "tests/docs"))
    from tutorial import Tutorial

    pages = PROJECT / "docs/pages"
    (pages / "pictures").mkdir(exist_ok=True)
    for name in sys.argv[1:] or sorted(str(path.relative_to(pages)) for path in pages.rglob("*.md")):
        pictures = pictures_of(pages / name)
        if not pictures:
            continue
        ran = Tutorial(name)
        try:
            ran.run(seconds=600)
            for picture, files in pictures.items():
                target = pages / "pictures" / f"{picture}.png"
                subprocess.run([os.environ["REPLEARN_PYTHON_TODAY"], "-c", JOIN, target, str(WIDTH),
                                *(file if file == "/" else os.path.join(ran.folder, file) for file in files)], check=True)
                print(f"{name}: {target.relative_to(PROJECT)}, {target.stat().st_size / 1000:.0f} kB")
        finally:
            ran.remove()


if __name__ == "__main__":
    main()
