"""Runs a page of the guide: its blocks of code, in order, as they stand there, in a folder of their own.

Blocks in `sh` are run by bash, blocks in `python` by one Python after the other, and a block with a title is written to
a file of that name. Afterwards every file that a command names must exist.
"""

import os
import re
import shutil
import subprocess
import tempfile

SOURCE = os.environ["REPLEARN_SOURCE"]
PAGES = os.path.join(SOURCE, "docs/pages")
FILES = r"[\w./-]+\.(?:h5ad|h5|bin|html|png|json|jsonl|txt)\b"


def blocks(page):
    """(language, title or empty, code) in order."""
    with open(os.path.join(PAGES, page)) as file:
        text = file.read()
    found = re.findall(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', text, re.M | re.S)
    if text.count("```") != 2 * len(found):
        raise ValueError(f"{page}: a fence that is not closed, or without a language")
    return found


def named_files(code):
    """Files that the commands of a block name, but not as part of a pattern or of a web address."""
    return [name for word in code.split() for part in re.split(r"[,'\"();]", word) if not re.search(r"[*?{$]|://", part)
            for name in re.findall(FILES, part)]


class Tutorial:
    """The folder in which a tutorial runs, with `replearn`, `mpirun` and `python` of the tests in PATH."""

    def __init__(self, page, **environment):
        self.page, self.folder = page, tempfile.mkdtemp(prefix="replearn-tutorial-")
        os.chmod(self.folder, 0o755)
        tools = os.path.join(self.folder, ".tools")
        os.mkdir(tools)
        for name, program in (("replearn", os.environ["REPLEARN"]), ("mpirun", os.environ["MPIEXEC"])):
            os.symlink(program, os.path.join(tools, name))
        with open(os.path.join(tools, "python"), "w") as script:
            script.write(f'#!/bin/sh\nexec "{os.environ["REPLEARN_PYTHON_TODAY"]}" "$@"\n')
        os.chmod(os.path.join(tools, "python"), 0o755)
        for name in ("config", "jobs"):
            os.symlink(os.path.join(SOURCE, name), os.path.join(self.folder, name))
        self.environment = {
            **os.environ, "PATH": tools + ":" + os.environ["PATH"], "PYTHONPATH": os.path.join(SOURCE, "python/src"),
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore", "MPLBACKEND": "agg",
            "REPLEARN_PROGRAM": os.environ["REPLEARN"], "REPLEARN_MPIEXEC": os.environ["MPIEXEC"],
            # As root, in containers, and with more ranks than cores.
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1", **environment}

    def run(self, seconds=120, shorter=()):
        """`shorter`: pairs of what a page says and what is run in its place. Raises AssertionError if a block fails, or if a file is not there afterwards. Returns what was printed."""
        printed, expected = [], []
        for number, (language, title, code) in enumerate(blocks(self.page), 1):
            for said, instead in shorter:
                code = code.replace(said, instead)
            if title:
                with open(os.path.join(self.folder, title), "w") as file:
                    file.write(code)
                continue
            if language == "text":
                continue
            command = {"sh": ["bash", "-euo", "pipefail", "-c", code], "python": ["python", "-c", code]}[language]
            done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True,
                                  timeout=seconds)
            if done.returncode != 0:
                raise AssertionError(f"{self.page}, block {number}: exit code {done.returncode}\n{code}\n{done.stdout}"
                                     f"{done.stderr}")
            printed.append(done.stdout)
            if language == "sh":
                expected += named_files(code)
        missing = sorted({name for name in expected if not os.path.exists(os.path.join(self.folder, name))})
        if missing:
            raise AssertionError(f"{self.page}: not written: {missing}; there are {sorted(os.listdir(self.folder))}")
        return "".join(printed)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
