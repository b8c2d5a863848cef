"""The rules of names and spelling that a machine can check.

    python3 vocabulary.py ROOT      prints one line per violation, "file:line: what"; exit code 1 if there is any

Identifiers of the C++ sources: "per" is _per_ (rows_per_block), extremes are max_ and min_. All text: American spelling,
as in Scanpy and scikit-learn.
"""

import os
import re
import sys

TEXTS = (".hpp", ".cpp", ".py", ".md", ".cfg", ".sh", ".sbatch", ".txt", ".cmake", ".in")
LEFT_OUT = {"build", ".git", "data"}  # data: texts of others

# Files that list British words: what users may type, and these rules.
SPELLINGS_ALLOWED = {"src/cli/other_names.cpp", "tests/architecture/vocabulary.py",
                     "tests/architecture/test_vocabulary.py", "tests/cli/test_everyday.py"}

# Of the standard library, and adjectives that compare nothing with a bound.
NAMES_ALLOWED = {"is_a_directory", "not_a_directory", "most_frequent"}

IDENTIFIERS = [
    (re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)*_an?_[a-z0-9_]+\b"), "'per' is written _per_"),
    (re.compile(r"\b(?:most|least|fewest|longest|shortest|greatest)_[a-z0-9_]+\b"), "extremes are max_ and min_"),
]

STEMS = "normal random vector minim maxim optim penal orthogonal initial standard regular summar general special serial " \
        "parallel organ recogn emphas categor factor synchron visual discret quant token equal symmetr linear author".split()
BRITISH = re.compile(
    r"(?i)(?<![a-z])(?:neighbour|colour|centre(?!d?\W*du\b)|centring|labell|behaviour|favour|judgement|catalogue|learnt|"
    r"modell(?:ed|ing)|(?-i:[Cc]ancelled)|grey|programme\b|analys(?:ed|ing|e\b)|artefact|(?:re|de|un)?(?:" + "|".join(STEMS) +
    r")is(?:e|ed|es|er|ing|ation)s?\b)")


def identifiers_only(line):
    """Without comments and strings."""
    return re.sub(r'//.*|"(?:\\.|[^"\\])*"', "", line)


def violations(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT and not f.startswith("."))
        for name in sorted(names):
            if not name.endswith(TEXTS):
                continue
            path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    if path.endswith((".hpp", ".cpp")):
                        for pattern, rule in IDENTIFIERS:
                            for word in set(pattern.findall(identifiers_only(line))) - NAMES_ALLOWED:
                                yield f"{path}:{number}: {word}: {rule}"
                    if path not in SPELLINGS_ALLOWED:
                        for found in BRITISH.finditer(line):
                            yield f"{path}:{number}: {found.group()}: American spelling"


def main(arguments):
    if len(arguments) != 2 or not os.path.isdir(arguments[1]):
        print(__doc__)
        return 2
    found = list(violations(arguments[1]))
    for violation in found:
        print(violation)
    print(f"{len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
