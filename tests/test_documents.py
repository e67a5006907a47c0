"""What the documents show is what the program does."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parent.parent


def refresh():
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", refresh().DOCUMENTS, ids=lambda path: path.name)
def test_the_examples_of_a_document_run_and_its_outputs_are_fresh(path):
    text = path.read_text(encoding="utf-8")
    if missing := refresh().needs(text):
        pytest.skip(f"{missing} is not installed: the examples of {path.name} are not run")
    assert refresh().refreshed(text) == text, "run: python docs/refresh.py"


def test_the_pictures_of_the_documents_are_fresh():
    for path, svg in refresh().pictures().items():
        assert path.read_text(encoding="utf-8") == svg, "run: python docs/refresh.py"


def test_every_link_between_the_documents_leads_somewhere():
    for path in refresh().DOCUMENTS:
        prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_output_of_a_command_stands_below_the_command():
    for path in refresh().DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for prints in re.finditer(r"<!-- prints: (.*?) -->", text):
            before = re.sub(r"<!--.*?-->", "", text[: prints.start()], flags=re.DOTALL)
            assert prints[1] in before[-200:], f"{path.name}: a reader does not see {prints[1]}"


def test_an_output_that_is_not_what_the_example_gives_would_be_noticed():
    document = "```python\nx = 1 + 1\n```\n<!-- shows: x -->\n```text\n3\n```"
    assert refresh().refreshed(document) == document.replace("\n3\n", "\n2\n")


def test_lines_of_a_file_that_are_no_longer_there_would_be_noticed():
    document = '<!-- lines: autograd/engine/reference.py from "class Value" to "class Value" -->\n```py\nclass V:\n```'
    assert refresh().refreshed(document) == document.replace("class V:", 'class Value(Operators["Value"]):')


def test_the_tutorial_shows_every_line_of_the_reference():
    source = (ROOT / "autograd" / "engine" / "reference.py").read_text(encoding="utf-8")
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in source[source.index("class Value") :].splitlines() if line not in tutorial] == []


def test_every_file_that_a_document_names_is_there():
    named = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|js|sh|md|sheet|ipynb|toml))`")
    for path in refresh().DOCUMENTS:
        for name in named.findall(path.read_text(encoding="utf-8")):
            places = [ROOT / name, ROOT / "autograd" / name, ROOT / "demos" / name, path.parent / name]
            assert any(place.exists() for place in places), f"{path.name}: {name}"


def test_every_old_name_is_where_the_decisions_say():
    table = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").partition("## autograd\n")[2]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| `(autograd[\w.]+)` \|$", table, re.MULTILINE)
    assert len(rows) == 11
    for names, place in rows:
        for name in re.findall(r"\w+", names):
            module = place.removesuffix(f".{name}")
            assert hasattr(importlib.import_module(module), name), f"{name} is not in {module}"


def test_the_readme_holds_the_two_commands_that_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, last in (("demo", "chalkgrad demo"), ("test", "python -m pytest")):
        block = readme.split(f"<!-- command: {name} -->\n```sh\n")[1].split("```")[0]
        assert block.strip().endswith(last)
