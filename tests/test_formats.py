"""Does every reader of a report get what its format promises? Columns, places, repairs, fingerprints, schemas."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from doors import LATE

import flake8_closures
from flake8_closures import cli
from flake8_closures.cli import CLEAN, FAILED, FOUND, arguments
from flake8_closures.config import Config
from flake8_closures.model import Confidence, Finding, Span
from flake8_closures.report import Severity, severity

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("alone")

EMOJI = 'fs = []\nfor i in range(3):\n    é = "ééé😀"; fs.append(lambda: i)\n'
DOCUMENTS = ("json", "sarif", "gitlab", "rdjson", "junit")

Run = Callable[..., str]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run closure-fix and return what it prints to standard output."""

    def run(form: str, *arguments: str, status: int = FOUND) -> str:
        assert cli.main(["--format", form, *arguments]) == status
        sys.stdout.flush()
        return capfd.readouterr().out

    return run


def sarif(text: str) -> list[dict[str, Any]]:
    """Return the results of a SARIF document."""
    results: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
    return results


def region(result: dict[str, Any]) -> tuple[int, int, int, int]:
    place = result["locations"][0]["physicalLocation"]["region"]
    return place["startLine"], place["startColumn"], place["endLine"], place["endColumn"]


def places(run: Run, form: str, *arguments: str) -> list[tuple[int, int, int, int]]:
    """Return line, column, end line, end column of each finding as a format tells them."""
    text = run(form, *arguments)
    if form == "sarif":
        return [region(result) for result in sarif(text)]
    if form == "github":
        found = re.findall(r"line=(\d+),endLine=(\d+),col=(\d+),endColumn=(\d+)", text)
        return [(int(line), int(column), int(last), int(end)) for line, last, column, end in found]
    if form == "gitlab":
        ranges = [each["location"]["positions"] for each in json.loads(text)]
        return [
            (each["begin"]["line"], each["begin"]["column"], each["end"]["line"], each["end"]["column"])
            for each in ranges
        ]
    if form == "rdjson":
        ranges = [each["location"]["range"] for each in json.loads(text)["diagnostics"]]
        return [
            (each["start"]["line"], each["start"]["column"], each["end"]["line"], each["end"]["column"])
            for each in ranges
        ]
    items = json.loads(text)
    return [(each["line"], each["column"], each["end_line"], each["end_column"]) for each in items]


# Columns.


@pytest.mark.parametrize(
    ("form", "column", "after_a_tab"),
    [("json", 35, 32), ("sarif", 36, 33), ("github", 35, 32), ("gitlab", 35, 32), ("rdjson", 42, 39)],
)
def test_the_column_behind_an_emoji(run: Run, form: str, column: int, after_a_tab: int) -> None:
    Path("wide.py").write_text(EMOJI, encoding="utf-8")
    assert places(run, form, "wide.py") == [(3, column, 3, column + 1)]
    Path("wide.py").write_text(EMOJI.replace("    ", "\t"), encoding="utf-8")
    assert places(run, form, "wide.py") == [(3, after_a_tab, 3, after_a_tab + 1)]


def test_text_and_junit_count_characters(run: Run) -> None:
    Path("wide.py").write_text(EMOJI, encoding="utf-8")
    assert run("text", "-q", "wide.py").startswith("wide.py:3:35: CLO101 ")
    (case,) = ElementTree.fromstring(run("junit", "wide.py")).iter("testcase")
    assert case.get("name") == "CLO101 line 3 column 35"


# Repairs.


def test_the_repairs_of_sarif_are_those_of_apply(run: Run) -> None:
    Path("wide.py").write_text(EMOJI, encoding="utf-8")
    (result,) = sarif(run("sarif", "wide.py"))
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "wide.py"}
    lines = [line.encode("utf-16-le") for line in EMOJI.splitlines(keepends=True)]
    for each in change["replacements"]:
        where = each["deletedRegion"]
        assert where["startLine"] == where["endLine"]
        line = lines[where["startLine"] - 1]
        start, end = 2 * (where["startColumn"] - 1), 2 * (where["endColumn"] - 1)
        lines[where["startLine"] - 1] = line[:start] + each["insertedContent"]["text"].encode("utf-16-le") + line[end:]
    assert b"".join(lines).decode("utf-16-le") == flake8_closures.fix(EMOJI).text != EMOJI
    assert fix["properties"] == {"safety": "safe"}


def test_the_suggestions_of_rdjson_are_the_safe_repairs(run: Run) -> None:
    Path("wide.py").write_text(EMOJI, encoding="utf-8")
    (diagnostic,) = json.loads(run("rdjson", "wide.py"))["diagnostics"]
    lines = [line.encode() for line in EMOJI.splitlines(keepends=True)]
    for each in diagnostic["suggestions"]:
        start, end = each["range"]["start"], each["range"]["end"]
        line = lines[start["line"] - 1]
        lines[start["line"] - 1] = line[: start["column"] - 1] + each["text"].encode() + line[end["column"] - 1 :]
    assert b"".join(lines).decode() == flake8_closures.fix(EMOJI).text

    chain = EMOJI.replace("    ", "    def inner(): return i\n    ", 1).replace("lambda: i", "lambda: inner()")
    Path("chain.py").write_text(chain, encoding="utf-8")
    (diagnostic,) = json.loads(run("rdjson", "chain.py"))["diagnostics"]
    (suggestion,) = diagnostic["suggestions"]
    start, end = suggestion["range"]["start"], suggestion["range"]["end"]
    lines = [line.encode() for line in chain.splitlines(keepends=True)]
    before, after = lines[start["line"] - 1][: start["column"] - 1], lines[end["line"] - 1][end["column"] - 1 :]
    rest = lines[: start["line"] - 1], lines[end["line"] :]
    new = b"".join([*rest[0], before, suggestion["text"].encode(), after, *rest[1]])
    assert new.decode() == flake8_closures.fix(chain).text != chain

    unsafe = "def outer():\n    x = 1\n    def inner():\n        x = 2\n    inner()\n    return x\n"
    assert (
        flake8_closures.fix(unsafe).text == unsafe != flake8_closures.fix(unsafe, config=Config(unsafe_fixes=True)).text
    )
    Path("unsafe.py").write_text(unsafe)
    (diagnostic,) = json.loads(run("rdjson", "unsafe.py"))["diagnostics"]
    assert "suggestions" not in diagnostic
    (result,) = sarif(run("sarif", "unsafe.py"))
    assert result["fixes"][0]["properties"] == {"safety": "unsafe"}
    assert "(unsafe: " in result["fixes"][0]["description"]["text"]


@pytest.mark.parametrize(
    ("form", "text", "imported"),
    [
        ("sarif", LATE, True),
        ("rdjson", LATE, True),
        ("sarif", "x = 1\n", False),
        (
            "json",
            "fs = [lambda: x for x in y]\nprint(fs)  # noqa\nx = 1\n".replace("\nprint", "  # noqa\nprint"),
            False,
        ),
        *((form, LATE, False) for form in ("text", "github", "gitlab", "junit")),
    ],
)
def test_libcst_is_imported_only_to_show_a_repair(form: str, text: str, imported: bool) -> None:
    Path("a.py").write_text(text)
    script = (
        "import sys\nfrom flake8_closures import cli\n"
        f"cli.main(['--format', {form!r}, 'a.py'])\nprint('libcst' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == str(imported)


# The other places.


def test_sarif_tells_the_other_places(run: Run) -> None:
    Path("wide.py").write_text(EMOJI, encoding="utf-8")
    (result,) = sarif(run("sarif", "wide.py"))
    (finding,) = flake8_closures.check(EMOJI)
    told = {
        (each["physicalLocation"]["region"]["startLine"], each["message"]["text"])
        for each in result["relatedLocations"]
    }
    assert told == {(note.span.line, f"{note.text}.") for note in finding.notes}
    rules = json.loads(run("sarif", "wide.py"))["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "CLO101"


# Fingerprints.


def prints(run: Run, form: str) -> list[str]:
    text = run(form, "a.py")
    if form == "gitlab":
        return [each["fingerprint"] for each in json.loads(text)]
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in sarif(text)]


@pytest.mark.parametrize("form", ["sarif", "gitlab"])
def test_fingerprints_survive_moves_and_tell_equals_apart(run: Run, form: str) -> None:
    twice = LATE + LATE.replace("made = []\n", "")
    Path("a.py").write_text(twice)
    before = prints(run, form)
    assert len(set(before)) == len(before) == 2

    indented = "".join(f"    {line}" for line in twice.splitlines(keepends=True))
    Path("a.py").write_text("x = 1\n" * 50 + "if x:\n" + indented)
    assert prints(run, form) == before

    Path("a.py").write_text(LATE.replace("made", "others") + twice)
    after = prints(run, form)
    assert len(set(after)) == 3 and set(before) < set(after)


def test_fingerprints_of_gitlab_tell_files_apart(run: Run) -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(LATE)
    assert len({each["fingerprint"] for each in json.loads(run("gitlab", "."))}) == 2


# Paths.


def paths(run: Run, form: str, *arguments: str, status: int = FOUND) -> set[str]:
    text = run(form, *arguments, status=status)
    if form == "sarif":
        found = re.findall(r'"uri": "(.*?)"', text)
    elif form == "github":
        found = re.findall(r"file=(.*?),", text)
    elif form == "junit":
        found = re.findall(r'classname="(.*?)"', text)
    else:
        found = re.findall(r'"path": "(.*?)"', text)
    return set(found)


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "rdjson", "junit"])
def test_paths_are_relative(run: Run, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pkg").mkdir()
    Path("pkg/a.py").write_text(LATE)
    for given in ("pkg/a.py", "./pkg/../pkg/a.py", str(tmp_path / "pkg" / "a.py"), "."):
        assert paths(run, form, given) == {"pkg/a.py"}
    monkeypatch.chdir("pkg")
    outside = str(tmp_path / "pkg" / "a.py")
    monkeypatch.chdir(tmp_path / "pkg")
    assert paths(run, form, "a.py") == {"a.py"}
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert paths(run, form, outside) == {f"file://{outside}" if form == "sarif" else outside}


@pytest.mark.parametrize(
    ("form", "variable"),
    [("sarif", "GITHUB_WORKSPACE"), ("github", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR")],
)
def test_a_build_server_says_where_the_repository_begins(
    run: Run, form: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    Path("backend/a.py").write_text(LATE)
    monkeypatch.chdir("backend")
    monkeypatch.setenv(variable, str(tmp_path))
    assert paths(run, form, "a.py") == {"backend/a.py"}


def test_paths_are_escaped_as_each_format_wants_it(run: Run) -> None:
    name = "ä 1,2:3%.py"
    Path(name).write_text(LATE)
    assert paths(run, "sarif", name) == {"%C3%A4%201%2C2%3A3%25.py"}
    assert paths(run, "github", name) == {"ä 1%2C2%3A3%25.py"}
    assert f"::{name.replace('%', '%25')}:3:25: CLO101 " in run("github", name)
    (suite,) = ElementTree.fromstring(run("junit", name)).iter("testsuite")
    assert suite.get("name") == name
    assert {each["location"]["path"] for each in json.loads(run("gitlab", name))} == {name}


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
@pytest.mark.parametrize("form", arguments.FORMATS)
def test_a_name_that_is_no_text_is_told(form: str, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\x01.py")
    Path(name).write_text(LATE)
    command = [sys.executable, "-m", "flake8_closures", "--format", form, name]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == FOUND and b"CLO101" in done.stdout, done.stderr
    if form == "junit":
        ElementTree.fromstring(done.stdout)
    elif form in DOCUMENTS:
        json.loads(done.stdout)


# What went wrong.


def test_failures_are_part_of_the_report(run: Run) -> None:
    Path("broken.py").write_text("def f(:\n")
    (case,) = ElementTree.fromstring(run("junit", "broken.py", status=FAILED)).iter("testcase")
    assert [each.tag for each in case] == ["error"]
    assert run("github", "broken.py", status=FAILED).startswith(
        "::error title=closure-fix (CLO000),file=broken.py,line=1,"
    )
    (violation,) = json.loads(run("gitlab", "broken.py", status=FAILED))
    assert (violation["check_name"], violation["severity"]) == ("CLO000", "critical")
    (diagnostic,) = json.loads(run("rdjson", "broken.py", status=FAILED))["diagnostics"]
    assert (diagnostic["code"]["value"], diagnostic["severity"]) == ("CLO000", "ERROR")
    ((invocation,),) = [each["invocations"] for each in json.loads(run("sarif", "broken.py", status=FAILED))["runs"]]
    assert not invocation["executionSuccessful"]
    assert [each["descriptor"]["id"] for each in invocation["toolExecutionNotifications"]] == ["CLO000"]


def test_how_loud_a_finding_is() -> None:
    def finding(code: str, confidence: Confidence) -> Finding:
        return Finding(code, Span(1, 0, 1, 1), "x", "m", confidence)

    assert severity(finding("CLO101", Confidence.CERTAIN)) is Severity.ERROR
    assert severity(finding("CLO101", Confidence.LIKELY)) is Severity.WARNING
    assert severity(finding("CLO101", Confidence.POSSIBLE)) is Severity.NOTE
    assert severity(finding("CLO901", Confidence.CERTAIN)) is Severity.NOTE


# Schemas. That of SARIF is the published one; the others are written down here, as narrow as our output is.

TEXT, NUMBER = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}


def exactly(optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return the schema of an object with these properties and no other."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


PLACE = exactly(line=NUMBER, column=NUMBER)
VIOLATIONS = {
    "type": "array",
    "items": exactly(
        check_name=TEXT,
        description=TEXT,
        severity={"enum": ["info", "minor", "major", "critical", "blocker"]},
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
        location=exactly(path=TEXT, positions=exactly(begin=PLACE, end=PLACE)),
    ),
}
RANGE = exactly(start=PLACE, end=PLACE)
DIAGNOSTICS = exactly(
    source=exactly(name=TEXT, url=TEXT),
    diagnostics={
        "type": "array",
        "items": exactly(
            ("suggestions",),
            message=TEXT,
            location=exactly(path=TEXT, range=RANGE),
            severity={"enum": ["ERROR", "WARNING", "INFO"]},
            code=exactly(value=TEXT, url=TEXT),
            suggestions={"type": "array", "items": exactly(range=RANGE, text={"type": "string"})},
        ),
    },
)
SUITE = {"name", "tests", "failures", "errors"}
ATTRIBUTES = {
    "testsuites": SUITE,
    "testsuite": SUITE,
    "testcase": {"name", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"failure", "error"}}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return for each document what it says of some fixtures, a file that is broken and one that is missing."""
    folder = tmp_path_factory.mktemp("everything")
    for code in ("CLO101", "CLO203", "tutorial"):
        shutil.copytree(ROOT / "fixtures" / code, folder / "files" / code)
    (folder / "broken.py").write_text("def f(:\n")
    told = {}
    for form in DOCUMENTS:
        paths = [str(folder / "files"), str(folder / "broken.py"), "missing.py"]
        assert cli.main(["--format", form, "-q", "--isolated", "--output", str(folder / form), *paths]) == FAILED
        told[form] = (folder / form).read_text(encoding="utf-8")
        assert told[form].isascii()
    return told


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        ("sarif", json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))),
        ("gitlab", VIOLATIONS),
        ("rdjson", DIAGNOSTICS),
    ],
)
def test_documents_keep_to_their_schemas(run: Run, everything: dict[str, str], form: str, schema: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema)
    Path("clean.py").write_text("x = 1\n")
    for text in (everything[form], run(form, "clean.py", status=CLEAN)):
        assert [error.message for error in validator.iter_errors(json.loads(text))] == []


def test_junit_keeps_to_its_schema(run: Run, everything: dict[str, str]) -> None:
    Path("clean.py").write_text("x = 1\n")
    for text in (everything["junit"], run("junit", "clean.py", status=CLEAN)):
        top = ElementTree.fromstring(text)
        for element in top.iter():
            assert set(element.attrib) == ATTRIBUTES[element.tag]
            assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        for suite in (top, *top):
            for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
                assert suite.get(name) == str(len([*suite.iter(tag)]))


def test_every_document_has_every_finding(everything: dict[str, str]) -> None:
    number = len(json.loads(everything["json"]))
    assert number > 30
    assert len(sarif(everything["sarif"])) == number
    suites = ElementTree.fromstring(everything["junit"])
    errors = len([*suites.iter("error")])
    assert errors >= 2, "the broken one and the missing one, on an older Python also fixtures for a newer one"
    assert len([*suites.iter("failure")]) == number
    assert len(json.loads(everything["gitlab"])) == len(json.loads(everything["rdjson"])["diagnostics"])
    assert len(json.loads(everything["gitlab"])) == number + errors
    ((invocation,),) = [each["invocations"] for each in json.loads(everything["sarif"])["runs"]]
    assert len(invocation["toolExecutionNotifications"]) == errors


def multitool() -> str | None:
    """Return where Microsoft's SARIF tool is, on PATH or where `npm install` puts it."""
    package = Path("node_modules", "@microsoft", "sarif-multitool-linux", "Sarif.Multitool")
    below = [str(folder / package) for folder in (ROOT, Path.home()) if (folder / package).is_file()]
    return os.environ.get("SARIF_MULTITOOL") or shutil.which("Sarif.Multitool") or next(iter(below), None)


MULTITOOL = multitool()


@pytest.mark.slow
@pytest.mark.skipif(not MULTITOOL, reason="needs `npm install @microsoft/sarif-multitool-linux`, or SARIF_MULTITOOL")
def test_github_finds_no_fault_with_sarif(everything: dict[str, str]) -> None:
    def faults(text: str) -> list[tuple[str, str]]:
        Path("it.sarif").write_text(text)
        command = [
            *(str(MULTITOOL), "validate", "it.sarif", "--rule-kind", "Sarif;Ghas", "-c", "default"),
            *("--level", "Error;Warning;Note", "-o", "log.sarif", "--log", "ForceOverwrite", "-q"),
        ]
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        log = json.loads(Path("log.sarif").read_text(encoding="utf-8-sig"))
        found = [(each.get("level", "warning"), each["ruleId"]) for run in log["runs"] for each in run["results"]]
        assert found, "some notes there always are"
        return [(level, code) for level, code in found if level != "note"]

    assert faults(everything["sarif"]) == []
    assert faults(everything["sarif"].replace('"helpUri"', '"nowhere"')) != [], "the tool does look"
