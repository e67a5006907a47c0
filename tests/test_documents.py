"""What the documents show is what the program does."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def refresh():
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_examples_run_and_outputs_and_pictures_are_fresh():
    assert {path.name for path in refresh().stale()} == set(), "run: python docs/refresh.py"


def test_an_output_that_is_not_what_the_example_gives_would_be_noticed():
    document = "```python\nx = 1 + 1\n```\n<!-- shows: x -->\n```text\n3\n```"
    assert refresh().refreshed(document) == document.replace("\n3\n", "\n2\n")


def test_the_readme_holds_the_two_commands_that_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, last in (("demo", "chalkgrad demo"), ("test", "python -m pytest")):
        block = readme.split(f"<!-- command: {name} -->\n```sh\n")[1].split("```")[0]
        assert block.strip().endswith(last)
