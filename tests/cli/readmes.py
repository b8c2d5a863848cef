"""The commands that the READMEs show: lines of four blanks, or in fences, that begin with the name of a program."""

import os
import re
import subprocess

PROGRAMS = (r"(bash|sh|replearn|mpirun|sbatch|cmake|ctest|python3?|/usr/bin/python3|mkdir|printf|pip3?|apt-get|curl|awk|"
            r"cp|gunzip)")


def readmes(source):
    """Their paths from the project's folder, and those of the pages of the guide but for those that tests/docs runs."""
    listed = subprocess.run(["git", "-C", source, "ls-files", "*README.md", "CONTRIBUTING.md", "docs/pages/*.md",
                             ":!docs/pages/tutorials", ":!docs/pages/concepts"], capture_output=True,
                            text=True)
    if listed.returncode == 0 and listed.stdout:
        return listed.stdout.split()
    return sorted(os.path.relpath(os.path.join(folder, name), source) for folder, _, names in os.walk(source)
                  for name in names if "/build" not in folder and not re.search("/(tutorials|concepts)", folder) and
                  (name in ("README.md", "CONTRIBUTING.md") or name.endswith(".md") and "/docs/pages" in folder))


def commands(path):
    """(first line's number, command) in order; lines that go on behind a backslash, or in open quotes, are one."""
    found, open_command, fence = [], None, False
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("```"):
                fence = not fence
                continue
            if not (fence or line.startswith("    ")):
                continue
            text = line if fence else line[4:]
            if open_command:
                open_command[1] += "\n" + text
            elif re.match(PROGRAMS + r"\b", text.lstrip("$ ")):
                open_command = [number, text.lstrip("$ ")]
            else:
                continue
            if text.endswith("\\") or open_command[1].count('"') % 2:
                continue
            found.append(tuple(open_command))
            open_command = None
    return found
