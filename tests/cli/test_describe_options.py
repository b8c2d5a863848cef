"""--describe-options: the option table as JSON, checked against what --help-all, --dump-config and the command line say."""

import json
import re
import unittest

from command import PBMC, InFolder, replearn
from test_options import VERBS

LISTS = ("integers", "numbers", "texts")


def shown(option):
    """The default as --dump-config writes it."""
    default = option["default"]
    if option["type"] == "boolean":
        return {True: "yes", False: "no"}.get(default, default)
    if option["type"] in LISTS:
        return ", ".join(str(each) for each in default)
    return "" if default is None else str(default)


class DescribeOptions(InFolder):
    @classmethod
    def setUpClass(cls):
        done = replearn("--describe-options", ranks=2)
        assert done.code == 0, done.stderr
        cls.all = json.loads(done.stdout)
        cls.verbs = {verb["name"]: verb for verb in cls.all["verbs"]}

    def test_every_verb_and_the_version(self):
        listed = re.findall(r"^  ([a-z0-9]+) {2,}", self.succeed("--help").stdout, re.M)
        self.assertEqual([verb["name"] for verb in self.all["verbs"]], listed)
        self.assertEqual(set(self.verbs), set(VERBS))
        self.assertIn(f"replearn {self.all['version']}\n", self.succeed("--version").stdout)

    def test_one_verb_alone(self):
        self.assertEqual(json.loads(self.succeed("tsne", "--describe-options").stdout), self.verbs["tsne"])

    def test_flags_and_help_are_those_of_help_all(self):
        for name, verb in self.verbs.items():
            told = self.succeed(name, "--help-all").stdout
            usual = self.succeed(name, "--help").stdout
            flags = re.findall(r"^  (--[a-z0-9.-]+)", told, re.M)
            general = ["--" + option["name"] for option in self.all["general"]]
            self.assertEqual([option["flag"] for option in verb["options"]] + general, flags, name)
            plain = " ".join(told.split())
            for option in verb["options"]:
                self.assertIn(" ".join(option["help"].split()), plain)
            if name != "run":  # its help shows the options of the default steps only
                common = [option["flag"] for option in verb["options"] if option["common"]]
                common += ["--" + option["name"] for option in self.all["general"] if option["common"]]
                self.assertEqual(common, re.findall(r"^  (--[a-z0-9.-]+)", usual, re.M), name)

    def test_defaults_are_those_of_dump_config(self):
        for name, verb in self.verbs.items():
            if name == "run":
                continue
            dumped, section = {}, ""
            for line in self.succeed(name, "--dump-config").stdout.splitlines():
                if line.startswith("["):
                    section = line[1:-1]
                elif " =" in line and not line.startswith("#"):
                    dumped[section, line.split(" =")[0]] = line.partition(" =")[2].strip()
            self.assertEqual(list(dumped), [(option["section"], option["name"]) for option in verb["options"]])
            for option in verb["options"]:
                given = dumped[option["section"], option["name"]]
                if option["type"] in ("integer", "number") and option["default"] not in option.get("words", []):
                    self.assertEqual(float(option["default"]), float(given), (name, option["name"]))
                elif option["type"] in ("numbers", "integers"):
                    self.assertEqual(option["default"], [float(each) for each in given.split(",") if each])
                else:
                    self.assertEqual(shown(option), given, (name, option["name"]))

    def test_types(self):
        types = {option["name"]: option["type"] for option in self.verbs["tsne"]["options"]}
        expected = {"perplexity": "numbers", "iterations": "integer", "theta": "number", "start": "choice",
                    "stored-graph": "boolean", "use-rep": "text", "feature-types": "texts", "checkpoint-every": "duration"}
        self.assertEqual({name: types[name] for name in expected}, expected)
        hidden = next(option for option in self.verbs["factorize"]["options"] if option["name"] == "hidden")
        self.assertEqual((hidden["type"], hidden["default"]), ("integers", [250, 75, 50, 25, 10]))

    def test_words_and_bounds_are_accepted_and_nothing_beyond(self):
        for name in ("tsne", "sammon", "vae", "preprocess", "word2vec"):
            given, beyond = [], []
            for option in self.verbs[name]["options"]:
                if "words" in option and not option.get("preset"):
                    given += [option["flag"], option["words"][-1]]
                elif option["type"] in ("integer", "number") and option.get("max") is not None:
                    number = int if option["type"] == "integer" else float
                    given += [option["flag"], number(option["max"])]
                    beyond.append([option["flag"], number(2 * option["max"] + 1)])
                elif option["type"] == "choice":
                    beyond.append([option["flag"], "no-such-word"])
            self.assertIn("\n[", "\n" + self.succeed(name, *given, "--dump-config").stdout)
            for words in beyond[:2]:
                self.assertEqual(replearn(name, *words, "--dump-config").code, 2, words)

    def test_aliases_are_accepted(self):
        aliases = {option["name"]: option.get("aliases", []) for option in self.verbs["pca"]["options"]}
        self.assertIn("n-comps", aliases["components"])
        self.assertIn("zero-center", aliases["center"])
        for alias in aliases["components"]:
            told = self.succeed("pca", "--" + alias, 7, "--dump-config").stdout
            self.assertIn("\ncomponents = 7\n", told, alias)

    def test_files_and_required_options(self):
        options = {option["name"]: option for option in self.verbs["pca"]["options"]}
        self.assertEqual(options["input"]["file"], "input")
        self.assertEqual(options["output"]["file"], "output")
        self.assertIn(".h5ad", options["output"]["extensions"])
        self.assertEqual(options["input"]["empty"], "required")
        self.assertNotIn("file", options["components"])

    def test_run_qualifies_the_options_of_its_steps(self):
        flags = [option["flag"] for option in self.verbs["run"]["options"]]
        for flag in ("--input", "--tsne.perplexity", "--vae.latent", "--checkpoint"):
            self.assertIn(flag, flags)


class ProgressEvery(InFolder):
    def test_lines_per_second(self):
        words = ["tsne", PBMC, self.path("out.h5ad"), "--iterations", 5000]
        few = self.succeed(*words).stderr.count("t-SNE: iteration ")
        many = self.succeed(*words, "--progress-every", 0.01).stderr.count("t-SNE: iteration ")
        self.assertGreater(many, few + 5)  # a busy machine may take more than ten seconds

    def test_bad_values(self):
        for value in ("often", "0", "nan", "-1"):
            done = replearn("tsne", "--progress-every", value, ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn("--progress-every", done.messages[0])


if __name__ == "__main__":
    unittest.main()
