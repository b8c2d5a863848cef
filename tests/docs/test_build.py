"""Builds the guide into a folder of its own. Broken links and anchors are errors; what is built needs no network."""

import html.parser
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, PYTHON = os.environ["REPLEARN_SOURCE"], os.environ["REPLEARN_PYTHON_TODAY"]


def build(project, site):
    return subprocess.run(["bash", project + "/docs/build.sh", "--site-dir", site], capture_output=True, text=True,
                          env=dict(os.environ, REPLEARN_PROGRAM=os.environ["REPLEARN"], REPLEARN_GUIDE_PYTHON=PYTHON))


class Loaded(html.parser.HTMLParser):
    """Addresses that a page loads by itself, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag != "a" and attributes.get("rel") != "canonical":
            self.found += [value for name, value in attributes.items() if name in ("src", "href", "srcset") and value]

    def handle_data(self, data):
        self.text += data


class Guide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="replearn-guide-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.site = cls.folder + "/site"
        cls.done = build(SOURCE, cls.site)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout + cls.done.stderr)
        cls.pages = {str(path.relative_to(cls.site)): Loaded(path.read_text())
                     for path in pathlib.Path(cls.site).rglob("*.html")}

    def test_pages_load_nothing_from_elsewhere(self):
        for name, page in self.pages.items():
            if name == "404.html":  # its links begin with /
                continue
            self.assertTrue(page.found)
            for address in page.found:
                self.assertNotRegex(address, r"^(\w+:)?//", name)
                path = os.path.join(self.site, os.path.dirname(name), address.split("#")[0].split("?")[0])
                self.assertTrue(os.path.exists(path), f"{name}: {address}")

    def test_every_verb_has_its_options(self):
        described = subprocess.run([os.environ["REPLEARN"], "tsne", "--help-all"], capture_output=True, text=True).stdout
        page = self.pages["reference/tsne.html"].text
        flags = [line.split()[0].split("[")[0] for line in described.splitlines() if line.startswith("  --")]
        self.assertGreater(len(flags), 60)
        for flag in flags:
            self.assertIn(flag, page)

    def test_no_markup_is_left_in_the_text(self):
        for name, page in self.pages.items():
            self.assertNotIn("](", page.text.replace("](base", ""), name)
            self.assertNotIn("<!-- include", page.text, name)

    def test_a_broken_anchor_is_an_error(self):
        project = self.folder + "/project"
        os.makedirs(project + "/build")
        for name in set(os.listdir(SOURCE)) - {"build", "docs", ".git"}:
            os.symlink(f"{SOURCE}/{name}", f"{project}/{name}")
        shutil.copytree(SOURCE + "/docs", project + "/docs")
        with open(project + "/docs/pages/cite.md", "a") as page:
            page.write("\n[nowhere](formats.md#nowhere)\n")
        done = build(project, project + "/site")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("formats.md#nowhere", done.stdout + done.stderr)


if __name__ == "__main__":
    if not PYTHON or subprocess.run([PYTHON, "-c", "import latex2mathml, material, mkdocs"], capture_output=True).returncode:
        print("SKIPPED: the guide: the packages that tests/run.sh installs from PyPI are missing")
        sys.exit(77)
    unittest.main()
