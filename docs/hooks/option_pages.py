"""Makes one reference page per verb from the program's own option table (`replearn --describe-options`).

The program is the one named by REPLEARN_PROGRAM, see build.sh.
"""

import html
import json
import os
import subprocess

from mkdocs.structure.files import File

SECTIONS = {"files": "Files", "job": "Checkpoints and time limits", "plot": "Figures", "text": "Text"}
GROUPS = [
    ("Jobs and files", ["run", "inspect", "convert", "merge", "plan", "watch"]),
    ("Cells and samples", ["preprocess", "pca", "harmony", "ppca", "pdist", "neighbors", "leiden", "sammon", "tsne",
                           "umap", "factorize", "vae", "bigan", "sweep", "evaluate", "plot"]),
    ("Words", ["phrases", "word2vec", "vectors", "nearest", "analogy", "docs"]),
]


def option_table():
    program = os.environ["REPLEARN_PROGRAM"]
    return json.loads(subprocess.run([program, "--describe-options"], check=True, capture_output=True).stdout)


def groups(table):
    """GROUPS as far as the program has their verbs; verbs that no group names come with those on cells."""
    verbs = [verb["name"] for verb in table["verbs"]]
    grouped = [(title, [name for name in names if name in verbs]) for title, names in GROUPS]
    grouped[1][1].extend(name for name in verbs if not any(name in names for _, names in GROUPS))
    return grouped


def number(value):
    return "inf" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def default_of(option):
    value = option["default"]
    if value in (None, [], ""):
        return option.get("empty", "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(number, value)) if isinstance(value, list) else number(value)


def values_of(option):
    kind = {"choice": "", "boolean": "yes|no", "text": "TEXT", "texts": "NAME,NAME...", "number": "NUMBER",
            "integer": "INTEGER", "numbers": "NUMBER,NUMBER...", "integers": "INTEGER,INTEGER...",
            "duration": "SECONDS"}[option["type"]]
    return "|".join([*option.get("words", []), *([kind] if kind else [])])


def entry(flag, anchor, values, facts, text, common):
    """One option as a term and its definition."""
    shown = f" <span class='values'>{html.escape(values).replace('|', '<wbr>|')}</span>" if values else ""
    told = f" <span class='facts'>{html.escape('; '.join(facts))}</span>" if facts else ""
    kind = " class='common'" if common else ""
    return (f"<dt id='{anchor}'{kind}><a href='#{anchor}'><code>{html.escape(flag)}</code></a>{shown}{told}</dt>\n"
            f"<dd>{html.escape(text)}</dd>")


def option_entry(option):
    facts = []
    default = default_of(option)
    facts.append("required" if default == "required" else f"default {default}")
    if "min" in option:
        facts.append(f"at least {number(option['min'])}" if option["max"] is None or option["max"] >= 1e9
                     else f"{number(option['min'])} to {number(option['max'])}")
    return entry(option["flag"], option["flag"].lstrip("-").replace(".", "-"), values_of(option), facts, option["help"],
                 option["common"])


def section_title(name, verbs):
    return SECTIONS.get(name) or f"{name.capitalize()}: {verbs.get(name, name)}"


def verb_page(verb, general, summaries):
    lines = [f"# {verb['name']}", "", f"`replearn {verb['name']}`: {verb['details']}.", "",
             "```sh", verb["example"], "```", "",
             "Options in bold are those that `--help` shows; `--help-all` shows every one.", ""]
    sections = list(dict.fromkeys(option["section"] for option in verb["options"]))
    for name in sections:
        lines += [f"## {section_title(name, summaries)}", "", "<dl class='options'>"]
        own = [option for option in verb["options"] if option["section"] == name]
        lines += [option_entry(option) for option in sorted(own, key=lambda option: not option["common"])]
        lines += ["</dl>", ""]
    lines += ["## General", "", "<dl class='options'>"]
    lines += [entry("--" + option["name"], option["name"], option["value"], [], option["help"], option["common"])
              for option in general]
    return "\n".join([*lines, "</dl>", ""])


def index_page(table, summaries):
    lines = ["# Verbs and options", "",
             "Every verb of the program and every option of each, as version " + table["version"] + " describes them "
             "itself (`replearn VERB --describe-options`).", "",
             "Options may stand on the command line or in a config file (`--config FILE`), where the command line takes "
             "precedence; `--dump-config` prints such a file. In `run`, whose steps share option names, an option is "
             "written with the name of its step: `--tsne.perplexity`.", ""]
    for title, names in groups(table):
        lines += [f"## {title}", "", "| verb | does |", "|---|---|"]
        lines += [f"| [{name}]({name}.md) | {summaries[name]} |" for name in names]
        lines.append("")
    return "\n".join(lines)


def on_config(config):
    table = option_table()
    config.extra["option_table"] = table
    pages = ["reference/index.md",
             *({title: [f"reference/{name}.md" for name in names]} for title, names in groups(table))]
    config.nav[[list(part)[0] for part in config.nav].index("Reference")] = {"Reference": pages}
    return config


def on_files(files, config):
    table = config.extra["option_table"]
    summaries = {verb["name"]: verb["summary"] for verb in table["verbs"]}
    files.append(File.generated(config, "reference/index.md", content=index_page(table, summaries)))
    for verb in table["verbs"]:
        files.append(File.generated(config, f"reference/{verb['name']}.md",
                                    content=verb_page(verb, table["general"], summaries)))
    return files
