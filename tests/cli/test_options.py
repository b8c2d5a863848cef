"""Options: declared once, and the same on the command line, in config files, in --help and in --dump-config."""

import glob
import os
import re
import unittest

from command import PBMC, SOURCE, InFolder, replearn

VERBS = ["run", "inspect", "convert", "merge", "preprocess", "pca", "harmony", "ppca", "pdist",
         "neighbors", "leiden", "sammon", "tsne", "umap", "plot",
         "factorize", "vae", "bigan", "phrases", "word2vec", "vectors", "nearest", "analogy", "evaluate", "docs",
         "sweep", "plan", "watch"]


class Options(InFolder):
    def test_help_lists_every_verb(self):
        told = self.succeed("--help").stdout
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", told)

    def test_each_verb_helps(self):
        for verb in VERBS:
            told = self.succeed(verb, "--help", ranks=2).stdout
            self.assertEqual(told.count(f"replearn {verb}:"), 1, "told once, by one rank")
            self.assertIn("--input", told)

    def test_help_all_has_every_option(self):
        for verb in VERBS:
            usual, everything = (self.succeed(verb, option).stdout for option in ("--help", "--help-all"))
            names = {text: re.findall(r"^  --([a-z0-9.-]+)", text, re.M) for text in (usual, everything)}
            dumped = re.findall(r"^([a-z0-9-]+) =", self.succeed(verb, "--dump-config").stdout, re.M)
            listed = [name.rpartition(".")[2] for name in names[everything]]
            self.assertLessEqual(set(dumped), set(listed), verb)
            self.assertLess(set(names[usual]), set(names[everything]), verb)
            more = int(re.search(r"^(\d+) more options: replearn", usual, re.M).group(1))
            self.assertEqual(len(names[usual]) + more, len(names[everything]), verb)
            if verb not in ("run", "sweep"):
                self.assertLessEqual(len(names[usual]), 25, verb)

    def test_examples_name_options_that_there_are(self):
        for verb in VERBS:
            told = self.succeed(verb, "--help-all").stdout
            example = re.search(r"Example\n  (.*)\n", told).group(1)
            self.assertIn(f"replearn {verb} ", example)
            for option in re.findall(r" --[a-z.-]+", example):
                self.assertRegex(told, rf"\n {option}\b")

    def test_zero_is_shown_as_what_it_stands_for(self):
        self.assertIn("\nlearning-rate = auto\n", self.succeed("tsne", "--dump-config").stdout)
        for value in ("auto", "0"):
            told = self.succeed("tsne", "--learning-rate", value, "--max-step-norm", "0", "--dump-config").stdout
            self.assertIn("\nlearning-rate = auto\n", told)

    def test_words_for_empty_fields_are_values(self):
        for verb in set(VERBS) - {"run"}:  # which performs the steps whose options are given
            help_all = self.succeed(verb, "--help-all").stdout
            shown = re.findall(r"^  --([a-z0-9.-]+) (?:TEXT|NAME,NAME\.\.\.)  \((none|auto)\)", help_all, re.M)
            names = re.findall(r"^  --([a-z0-9.-]+)", help_all, re.M)
            given = [word for name, value in shown if names.count(name) == 1 for word in ("--" + name, value)]
            usual = re.sub("^#.*", "", self.succeed(verb, "--dump-config").stdout, flags=re.M)
            told = re.sub("^#.*", "", self.succeed(verb, *given, "--dump-config").stdout, flags=re.M)
            self.assertEqual(re.findall("^[a-z].* =.*", told, re.M), re.findall("^[a-z].* =.*", usual, re.M), verb)

    def test_a_file_may_have_the_name_of_a_word_of_the_help(self):
        for word in ("required", "none", "auto"):
            done = replearn("pca", "--input", word, "--output", self.path("out.h5ad"), ranks=2)
            self.assertEqual((done.code, len(done.messages)), (2, 1), done.stderr)
            self.assertIn(f"{word}: no such file", done.messages[0])

    def test_config_files_are_what_dump_config_prints(self):
        for path in glob.glob(os.path.join(SOURCE, "config/*.cfg")):
            stem = os.path.basename(path)[:-4]
            verb = stem.split("-")[0] if stem.split("-")[0] in VERBS else "run"
            with open(path) as file:
                self.assertEqual(self.succeed(verb, "--config", path, "--dump-config").stdout, file.read(), path)

    def test_every_verb_reads_the_config_that_it_prints(self):
        for verb in VERBS:
            printed = self.succeed(verb, "--dump-config").stdout
            with open(self.path("dumped.cfg"), "w") as file:
                file.write(printed)
            self.assertEqual(self.succeed(verb, "--config", self.path("dumped.cfg"), "--dump-config").stdout, printed)

    def test_every_verb_with_options_has_a_config_file(self):
        for verb in ["preprocess", "pca", "ppca", "pdist", "neighbors", "leiden", "sammon", "tsne", "umap", "plot",
                     "factorize", "vae", "bigan", "phrases", "word2vec", "vectors", "evaluate", "docs"]:
            path = os.path.join(SOURCE, f"config/{verb}.cfg")
            with open(path) as file:
                self.assertEqual(self.succeed(verb, "--dump-config").stdout, file.read())

    def test_command_line_wins_over_config(self):
        with open(self.path("my.cfg"), "w") as file:
            file.write("[tsne]\nperplexity = 17\niterations = 33\n")
        told = self.succeed("tsne", "--config", self.path("my.cfg"), "--iterations", "44", "--dump-config").stdout
        self.assertIn("\nperplexity = 17\n", told)
        self.assertIn("\niterations = 44\n", told)

    def test_switches(self):
        for words, value in [(["--scale"], "yes"), (["--scale=no"], "no"), (["--scale", "no"], "no"),
                             (["--no-center"], "no")]:
            name = words[0].removeprefix("--").removeprefix("no-").split("=")[0]
            self.assertIn(f"\n{name} = {value}\n", self.succeed("pca", *words, "--dump-config").stdout)

    def test_run_names_only_the_steps_asked_for(self):
        told = self.succeed("run", "--tsne.perplexity", "10", "--dump-config").stdout
        self.assertIn("[tsne]", told)
        self.assertNotIn("[sammon]", told)

    def test_version_names_what_it_was_built_with(self):
        told = self.succeed("--version").stdout
        for part in ["replearn 0.", "commit", "build Release, ", "compiler", "kernels for", "linear algebra", "Open MPI", "HDF5", "zlib",
                     "Eigen", "Boost", "cairo", "pango"]:
            self.assertIn(part, told)


class MisspeltOptions(InFolder):
    def check(self, words, *parts, ranks=(1, 4)):
        for n in ranks:
            done = replearn(*words, ranks=n)
            self.assertEqual(done.code, 2, done.stderr)
            self.assertEqual(len(done.messages), 1, done.stderr)
            for part in parts:
                self.assertIn(part, done.messages[0])

    def config(self, text):
        with open(self.path("my.cfg"), "w") as file:
            file.write(text)
        return self.path("my.cfg")

    def test_no_such_verb(self):
        self.check(["tsen"], "'tsen'", "no such verb", "'tsne'")

    def test_misspelt_on_the_command_line(self):
        self.check(["tsne", "--input", PBMC, "--perplexty", "3"], "--perplexty", "no such option", "'perplexity'")

    def test_a_word_that_no_option_takes(self):
        self.check(["pca", "--input", PBMC, "--center", "perhaps"], "--input", "given twice", "'perhaps'")

    def test_misspelt_in_the_config(self):
        path = self.config("# mine\n[tsne]\nperplexty = 3\n")
        self.check(["tsne", "--config", path], path, "line 3", "perplexty", "'perplexity'")

    def test_misspelt_section(self):
        path = self.config("[tsen]\nperplexity = 3\n")
        self.check(["tsne", "--config", path], path, "line 1", "[tsen]", "'tsne'")

    def test_line_that_is_none(self):
        path = self.config("[tsne]\nperplexity 3\n")
        self.check(["tsne", "--config", path], path, "line 2", "name = value")

    def test_not_a_number(self):
        self.check(["tsne", "--perplexity", "many"], "--perplexity", "'many' is not a number")

    def test_not_a_choice(self):
        self.check(["pca", "--method", "magic"], "--method", "'magic' is not one of auto, exact, randomized")

    def test_value_forgotten(self):
        self.check(["pca", "--components"], "components")

    def test_given_twice(self):
        self.check(["pca", "--components", "3", "--components", "4"], "--components", "given twice")

    def test_config_not_there(self):
        self.check(["pca", "--config", self.path("none.cfg")], "none.cfg", "no such file")

    def test_no_input_or_output(self):
        self.check(["pca", "--output", self.path("out.h5ad")], "--input", "add --input")
        self.check(["pca", "--input", PBMC], "--output", "add --output")


if __name__ == "__main__":
    unittest.main()
