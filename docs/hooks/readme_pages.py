"""Makes pages from the READMEs of the project, so that nothing is written twice.

A page may also take one section of a README: a line <!-- include: src/io/README.md#format-details --> is replaced by
that section without its heading. Links between READMEs become links between pages, pictures are copied, and links to
anything else of the project become the name of the file.
"""

import posixpath
import re
from pathlib import Path

from markdown.extensions.toc import slugify
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

PROJECT = Path(__file__).resolve().parents[2]

PAGES = {
    "python/README.md": "python.md",
    "jobs/README.md": "cluster.md",
    "config/README.md": "configs.md",
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "changes.md",
    "src/methods/README.md": "methods/index.md",
    **{f"src/methods/{path.parent.name}/README.md": f"methods/{path.parent.name}.md"
       for path in sorted(PROJECT.glob("src/methods/*/README.md"))},
    "CONTRIBUTING.md": "development/index.md",
    "src/README.md": "development/source.md",
    "src/nn/README.md": "development/nn.md",
    "src/app/README.md": "development/app.md",
    "tests/README.md": "development/tests.md",
    "packaging/README.md": "development/packaging.md",
}
# Where a link to a README leads that is not a page itself.
ALSO = {"README.md": "index.md"}
COMMAND = re.compile(r"(\$ )?(bash|sh|replearn|mpirun|sbatch|cmake|ctest|python3?|/usr/bin/python3|mkdir|printf|pip3?|"
                     r"apt-get|module|export|spack|eb|rattler-build|git|time) ")


def fenced(text):
    """Commands and other blocks of four blanks become fences with a language, to be colored and copied."""
    lines, out, fence, i = text.split("\n"), [], False, 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("```"):
            fence = not fence
        in_list = re.match(r"(\d+\.|-) ", next((before for before in reversed(out) if before and before[0] != " "), ""))
        if fence or not line.startswith("    ") or (out and out[-1].strip()) or in_list:
            out.append(line)
            i += 1
            continue
        block = []
        while i < len(lines) and (lines[i].startswith("    ") or not lines[i].strip()):
            block.append(lines[i][4:])
            i += 1
        while not block[-1].strip():
            block.pop()
        language = "sh" if all(COMMAND.match(row) for row in block[:1]) else "text"
        out += ["```" + language, *block, "```", ""]
    return "\n".join(out)


def lists(text):
    """Python-Markdown wants a blank line before a list, and four blanks before what belongs to an item."""
    out, numbered = [], False
    for line in text.split("\n"):
        before = out[-1] if out else ""
        item = re.match(r"(-|\d+\.) ", line)
        if item and before.strip() and not re.match(r"(-|\d+\.) |\s", before):
            out.append("")
        if re.match(r"\d+\. ", line):
            numbered = True
        elif line.strip() and not line.startswith(" "):
            numbered = False
        if numbered and line.startswith("   ") and not line.startswith("    "):
            line = " " + line
        elif numbered and line.startswith("     "):
            line = "   " + line
        out.append(line)
    return "\n".join(out)


def cells(text):
    """A bar within code of a table needs no backslash here."""
    return "\n".join(re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), line) if line.startswith("|") else line
                     for line in text.split("\n"))


def stars(text):
    """d* in a formula is not the beginning of emphasis."""
    return "".join(part if part.startswith("`") else re.sub(r"\b([a-z])\*(?![\w*])", r"\1\\*", part)
                   for part in re.split(r"(`[^`]*`)", text))


def outside_fences(text, change):
    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


class Links:
    """Links of a README as links of its page; collects the pictures."""

    def __init__(self, source, page, pictures):
        self.source, self.page, self.pictures = source, page, pictures

    def __call__(self, match):
        picture, label, target = match.groups()
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return match[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.source), path))
        if not (PROJECT / path).exists():
            raise PluginError(f"{self.source}: {target}: no such file")
        if (PROJECT / path).is_dir() and (PROJECT / path / "README.md").exists():
            path = posixpath.join(path, "README.md")
        goal = {**PAGES, **ALSO}.get(path)
        if picture:
            goal = "pictures/" + path
            self.pictures[goal] = PROJECT / path
        if goal is None:
            return label
        relative = posixpath.relpath(goal, posixpath.dirname(self.page) or ".")
        return f"{picture}[{label}]({relative}{'#' + anchor if anchor else ''})"


def as_page(text, source, page, pictures):
    links = Links(source, page, pictures)
    text = cells(lists(fenced(text)))
    return outside_fences(text, lambda part: re.sub(r"(!?)\[([^\]]*)\]\(([^) ]+)\)", links, stars(part)))


def section(source, anchor):
    """The text below the heading with that anchor, up to the next heading of its level."""
    lines = (PROJECT / source).read_text().split("\n")
    fence = False
    for i, line in enumerate(lines):
        heading = re.match(r"(#+) (.*)", line)
        if heading and slugify(heading[2].replace("`", ""), "-") == anchor:
            rest = lines[i + 1:]
            for j, later in enumerate(rest):
                fence ^= later.startswith("```")
                if not fence and re.match(r"#{1,%d} " % len(heading[1]), later):
                    return "\n".join(rest[:j])
            return "\n".join(rest)
    raise PluginError(f"{source}: no heading with the anchor {anchor}")


def on_config(config):
    """The methods stand in the menu in the order of the table of src/methods/README.md."""
    names = re.findall(r"^\| \[\w+\]\((\w+)/README\.md\)", (PROJECT / "src/methods/README.md").read_text(), re.M)
    pages = [f"methods/{name}.md" for name in names]
    pages += sorted(page for page in PAGES.values() if page.startswith("methods/") and page not in pages
                    and page != "methods/index.md")
    config.nav[[list(part)[0] for part in config.nav].index("Methods")] = {"Methods": ["methods/index.md", *pages]}
    return config


def on_files(files, config):
    pictures = {}
    for source, page in PAGES.items():
        text = as_page((PROJECT / source).read_text(), source, page, pictures)
        files.append(File.generated(config, page, content=text))
    for file in list(files.documentation_pages()):
        if file.generated_by is None:
            def include(match, page=file.src_uri):
                return as_page(section(match[1], match[2]), match[1], page, pictures)
            text = file.content_string
            changed = re.sub(r"<!-- include: (\S+)#(\S+) -->", include, text)
            changed = re.sub(r"\(picture:(\S+)\)", lambda match, page=file.src_uri: shown(match[1], page, pictures), changed)
            if changed != text:
                files.remove(file)
                files.append(File.generated(config, file.src_uri, content=changed))
    for goal, path in pictures.items():
        files.append(File.generated(config, goal, abs_src_path=str(path)))
    return files


def shown(path, page, pictures):
    """A picture of the project, named by its path: ![...](picture:jobs/quickstart.png)."""
    if not (PROJECT / path).exists():
        raise PluginError(f"{page}: {path}: no such picture")
    pictures["pictures/" + path] = PROJECT / path
    return f"({posixpath.relpath('pictures/' + path, posixpath.dirname(page) or '.')})"
