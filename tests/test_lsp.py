"""Does an editor get what it asks for? The real server over its pipe, asked as VS Code, Neovim and Emacs ask."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_lsp
from doors import LATE
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

from flake8_closures import cli
from flake8_closures.codes import page_of
from flake8_closures.lsp.analysis import Analysis
from flake8_closures.lsp.session import Session

BOUND = "made = []\nfor number in range(3):\n    made.append(lambda *, number=number: number)\n"
WIDE = 'made = []\nfor number in range(3):\n    é = "é😀漢"; made.append(lambda: number)\n'
CLEAN = "made = []\n"
PATIENCE = 30

CLIENTS = {"visual-studio-code": "utf-16", "neovim@v0.11.0": "utf-8", "emacs": "utf-32"}
"""Profiles of pytest-lsp, and the unit of a column that each of them asks for first."""


class Editor:
    """Holds one buffer and speaks for it; changes it by the protocol's own rules, with Python's own encoders."""

    def __init__(self, client: LanguageClient, path: Path, encoding: str) -> None:
        self.client, self.path, self.encoding = client, path, encoding
        self.uri = path.as_uri()
        self.text, self.version = "", 0
        self.published: list[types.PublishDiagnosticsParams] = []
        client.listeners.append(self._heard)  # type: ignore[attr-defined]
        self._news = asyncio.Event()

    def _heard(self, params: types.PublishDiagnosticsParams) -> None:
        if params.uri == self.uri:
            self.published.append(params)
            self._news.set()

    async def open(self, text: str, *, wait: bool = True) -> list[types.Diagnostic]:
        self.text, self.version = text, 1
        item = types.TextDocumentItem(self.uri, "python", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.news() if wait else []

    def change(self, *changes: tuple[int, int, str]) -> None:
        """Replace text[start:end] by another text, one change after the other, in one message."""
        told: list[types.TextDocumentContentChangeEvent] = []
        for start, end, text in changes:
            told.append(types.TextDocumentContentChangePartial(self.range(start, end), text))
            self.text = self.text[:start] + text + self.text[end:]
        self.version += 1
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, told))

    def replace(self, old: str, new: str) -> None:
        start = self.text.index(old)
        self.change((start, start + len(old), new))

    async def news(self) -> list[types.Diagnostic]:
        """Wait for what is published next."""
        await asyncio.wait_for(self._news.wait(), PATIENCE)
        self._news.clear()
        return list(self.published[-1].diagnostics)

    async def actions(self, at: str, *only: str) -> list[types.CodeAction]:
        offset = self.text.index(at)
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri),
            self.range(offset, offset),
            types.CodeActionContext([], list(only) or None),
        )
        return list(await self.client.text_document_code_action_async(params) or [])

    async def hover(self, at: str) -> types.Hover | None:
        place = self.range(self.text.index(at), self.text.index(at)).start
        params = types.HoverParams(types.TextDocumentIdentifier(self.uri), place)
        return await self.client.text_document_hover_async(params)

    def apply(self, action: types.CodeAction) -> str:
        """Return the text after an action."""
        assert action.edit
        if action.edit.document_changes:
            (document,) = action.edit.document_changes
            assert isinstance(document, types.TextDocumentEdit)
            assert document.text_document == types.OptionalVersionedTextDocumentIdentifier(self.uri, self.version)
            edits = document.edits
        else:
            edits = (action.edit.changes or {})[self.uri]
        text = self.text
        for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
            start, end = self.offset(edit.range.start), self.offset(edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        return text

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self._place(start), self._place(end))

    def _place(self, offset: int) -> types.Position:
        before = self.text[:offset].split("\n")
        return types.Position(len(before) - 1, len(encoded(before[-1], self.encoding)) // WIDTHS[self.encoding])

    def offset(self, place: types.Position) -> int:
        lines = self.text.split("\n")
        line = encoded(lines[place.line], self.encoding)[: place.character * WIDTHS[self.encoding]]
        return sum(len(each) + 1 for each in lines[: place.line]) + len(line.decode(NAMES[self.encoding]))

    def marked(self, range: types.Range) -> str:
        return self.text[self.offset(range.start) : self.offset(range.end)]


NAMES = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def encoded(text: str, encoding: str) -> bytes:
    return text.encode(NAMES[encoding])


def make_client() -> LanguageClient:
    """Return the client of pytest-lsp, with what real editors can do besides."""
    client = make_test_lsp_client()
    client.listeners = []  # type: ignore[attr-defined]
    client.registered = []  # type: ignore[attr-defined]
    del client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: types.PublishDiagnosticsParams) -> None:
        for listener in client.listeners:  # type: ignore[attr-defined]
            listener(params)

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        client.registered += params.registrations  # type: ignore[attr-defined]

    return client


SERVER = ClientServerConfig(
    server_command=[sys.executable, "-m", "flake8_closures", "--lsp", "--stdio"], client_factory=make_client
)


@pytest_lsp.fixture(params=CLIENTS, config=SERVER, scope="module")
async def client(
    lsp_client: LanguageClient, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[None]:
    lsp_client.encoding = CLIENTS[request.param]  # type: ignore[attr-defined]
    folder = types.WorkspaceFolder(tmp_path_factory.getbasetemp().as_uri(), "all tests")
    lsp_client.folders = [folder]  # type: ignore[attr-defined]
    params = types.InitializeParams(
        capabilities=client_capabilities(request.param), workspace_folders=[folder], root_uri=folder.uri
    )
    result = await lsp_client.initialize_session(params)
    assert (result.capabilities.position_encoding or "utf-16") == CLIENTS[request.param]
    yield
    await lsp_client.shutdown_session()
    assert lsp_client._server is not None
    assert lsp_client._server.returncode == 0


@pytest.fixture
def editor(client: LanguageClient, tmp_path: Path) -> Iterator[Editor]:
    client.messages.clear()
    editor = Editor(client, tmp_path / "buffer.py", client.encoding)  # type: ignore[attr-defined]
    yield editor
    client.listeners.clear()  # type: ignore[attr-defined]


asynchronous = pytest.mark.asyncio(loop_scope="module")
one_client = pytest.mark.parametrize("client", ["visual-studio-code"], indirect=True)


# What is published.


@asynchronous
async def test_a_finding_has_its_range_code_page_and_places(editor: Editor) -> None:
    (found,) = await editor.open(LATE)
    assert editor.marked(found.range) == "number"
    assert found.range.start.line == 2
    assert found.code == "CLO101"
    assert found.code_description == types.CodeDescription(page_of("CLO101"))
    assert found.source == "flake8-closures"
    assert found.severity is types.DiagnosticSeverity.Warning
    assert found.message.startswith("'number' is read late")
    told = [(note.location.range.start.line, note.message) for note in found.related_information or ()]
    if editor.encoding == "utf-32":  # Emacs says that it shows none
        assert told == []
    else:
        assert told == [(1, "'number' is bound again here"), (2, "the lambda is kept by made.append()")]
        assert {note.location.uri for note in found.related_information or ()} == {editor.uri}


@asynchronous
async def test_columns_are_in_the_unit_that_was_agreed_on(editor: Editor) -> None:
    (found,) = await editor.open(WIDE)
    assert editor.marked(found.range) == "number"
    column = {"utf-8": 42, "utf-16": 36, "utf-32": 35}[editor.encoding]
    assert found.range.start.character == column
    action = (await editor.actions("lambda"))[0]
    assert editor.apply(action) == WIDE.replace("lambda:", "lambda *, number=number:")
    told = await editor.hover("number)")
    assert told and told.range and editor.marked(told.range) == "number"


@one_client
@asynchronous
async def test_the_buffer_counts_and_not_the_file(editor: Editor) -> None:
    editor.path.write_text(CLEAN)
    assert len(await editor.open(LATE)) == 1
    editor.path.write_text(LATE)
    editor.replace("made.append(lambda: number)", "made.append(number)")
    assert await editor.news() == []


@asynchronous
async def test_changes_are_made_where_the_editor_makes_them(editor: Editor) -> None:
    # Of these characters only line feeds end a line, for Python and for editors.
    odd = 'x = """\f\v\x1c\u2028\x85😀é"""\n'
    assert await editor.open(odd + CLEAN) == []
    place = len(odd + CLEAN)
    editor.change((place, place, "for n in range(3):\n"), (place + 19, place + 19, "    made.append(lambda: n)"))
    (found,) = await editor.news()
    assert editor.marked(found.range) == "n"
    # In the brackets of `made = []`, further to the right than a line would be that ends at a form feed.
    place = editor.text.index("[]") + 1
    editor.change((place, place, "len"))
    editor.change((place, place + 3, ""))
    editor.change((place, place, "0, 1"))
    (found,) = await editor.news()
    assert editor.marked(found.range) == "n"
    place = editor.text.index("😀")
    editor.change((place, place + 1, "漢"), (place, place, "😀\n😀"), (0, 0, "import os\n"))
    (found,) = await editor.news()
    assert editor.marked(found.range) == "n"
    assert found.range.start.line == 5


@one_client
@asynchronous
async def test_a_whole_text_can_be_sent(editor: Editor) -> None:
    assert await editor.open(CLEAN) == []
    identifier = types.VersionedTextDocumentIdentifier(2, editor.uri)
    change = types.TextDocumentContentChangeWholeDocument(LATE)
    editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
    assert len(await editor.news()) == 1


@asynchronous
async def test_what_is_out_of_date_is_not_published(editor: Editor) -> None:
    await editor.open(LATE)
    for number in range(30):
        editor.replace("made", f"m{number}ade")
        editor.replace(f"m{number}ade", "made")
    editor.replace("lambda: number", "number")
    assert await editor.news() == []
    await asyncio.sleep(0.5)
    assert len(editor.published) == 2, "nobody wants to hear of every key"
    assert editor.published[-1].version in (editor.version, None)


@one_client
@asynchronous
async def test_while_the_text_is_no_python_what_was_known_stays(editor: Editor) -> None:
    await editor.open(LATE)
    editor.replace("lambda: number)", "lambda: number")
    await asyncio.sleep(0.5)
    assert len(editor.published) == 1
    assert await editor.actions("lambda") == []
    assert await editor.hover("lambda") is None
    editor.replace("lambda: number", "lambda: number)")
    assert len(await editor.news()) == 1


@one_client
@asynchronous
async def test_closing_clears_what_was_published(editor: Editor) -> None:
    await editor.open(LATE)
    identifier = types.TextDocumentIdentifier(editor.uri)
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))
    assert await editor.news() == []
    assert await editor.actions("lambda") == []


# Actions.


@asynchronous
async def test_actions_of_a_finding(editor: Editor) -> None:
    await editor.open(LATE)
    offered = await editor.actions("lambda")
    assert [(action.title, action.kind, action.is_preferred) for action in offered] == [
        ("Bind 'number' when the function is made", "quickfix", True),
        ("Bind 'number' as a plain default", "quickfix", None),
        ("Make the function in one that takes 'number'", "quickfix", None),
        ("Disable CLO101 for this line", "quickfix", None),
        ("Fix all closures that can be fixed safely (1)", "source.fixAll.closures", None),
    ]
    assert [editor.apply(action) for action in offered] == [
        BOUND,
        BOUND.replace("*, ", ""),
        LATE.replace("lambda: number", "(lambda number: lambda: number)(number)"),
        LATE.replace("number)\n", "number)  # noqa: CLO101\n"),
        BOUND,
    ]
    assert all(action.diagnostics and action.diagnostics[0].code == "CLO101" for action in offered)
    assert await editor.actions("made") == []


@one_client
@asynchronous
@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        ("source.fixAll.closures", {"source.fixAll.closures"}),
        ("source.fixAll", {"source.fixAll.closures"}),
        ("source", {"source.fixAll.closures"}),
        ("quickfix", {"quickfix"}),
        ("source.organizeImports", set()),
        ("source.fix", set()),
        ("refactor", set()),
    ],
)
async def test_only_the_kinds_that_are_asked_for(editor: Editor, only: str, kinds: set[str]) -> None:
    await editor.open(LATE)
    assert {action.kind for action in await editor.actions("lambda", only)} == kinds


@one_client
@asynchronous
async def test_fix_all_from_anywhere_fixes_what_is_safe(editor: Editor) -> None:
    unsafe = "def f(xs):\n    for x in xs:\n        unseen.register_this(lambda: x)\n"
    (editor.path.parent / "setup.cfg").write_text("[flake8]\nclosures-extended = true\nunsafe-fixes = true\n")
    assert len(await editor.open(LATE + unsafe + LATE.replace("made", "kept"))) == 3
    (action,) = await editor.actions("made", "source.fixAll")
    assert action.title == "Fix all closures that can be fixed safely (2)"
    assert editor.apply(action) == BOUND + unsafe + BOUND.replace("made", "kept")


@one_client
@asynchronous
async def test_everything_in_a_loop_is_bound_at_once(editor: Editor) -> None:
    text = (
        "made = []\nfor a in range(3):\n    b = a * 2\n    made.append(lambda: a)\n    made.append(lambda: a + b)\n"
        "for a in range(3):\n    made.append(lambda: a)\n"
    )
    await editor.open(text)
    titles = {action.title: action for action in await editor.actions("lambda")}
    action = titles["Bind all in this loop (3 of 3 findings)"]
    assert editor.apply(action) == text.replace("lambda: a)", "lambda *, a=a: a)", 1).replace(
        "lambda: a + b", "lambda *, a=a, b=b: a + b"
    )
    assert len(action.diagnostics or ()) == 3
    editor.replace("    made.append(lambda: a)\n", "")
    editor.replace("    made.append(lambda: a + b)\n", "")
    titles = {action.title: action for action in await editor.actions("lambda")}
    assert not any("loop" in title for title in titles), "there is one closure left"


@asynchronous
async def test_actions_are_those_of_the_newest_version(editor: Editor) -> None:
    await editor.open(LATE)
    editor.replace("made = []\n", "made = []\n\n\n")
    action = (await editor.actions("lambda"))[0]
    assert editor.apply(action) == BOUND.replace("made = []\n", "made = []\n\n\n")


def test_an_answer_that_has_become_wrong_is_not_given() -> None:
    uri = "untitled:buffer"
    identifier = types.VersionedTextDocumentIdentifier(2, uri)
    typed = types.DidChangeTextDocumentParams(identifier, [types.TextDocumentContentChangeWholeDocument(CLEAN)])
    workspace = SimpleNamespace(position_encoding="utf-16", folders={}, root_path=None)
    server = SimpleNamespace(
        workspace=workspace,
        client_capabilities=types.ClientCapabilities(),
        text_document_publish_diagnostics=lambda params: None,
    )

    async def type_meanwhile() -> tuple[str | None, str | None]:
        session = Session(server)  # type: ignore[arg-type]
        session.opened(types.TextDocumentItem(uri, "python", 1, LATE))
        loop = asyncio.get_running_loop()

        async def change() -> None:
            session.changed(typed)

        def slow(analysis: Analysis) -> str:
            asyncio.run_coroutine_threadsafe(change(), loop).result(PATIENCE)
            return analysis.buffer.text

        return await session.ask(uri, slow), await session.ask(uri, lambda analysis: analysis.buffer.text)

    assert asyncio.run(type_meanwhile()) == (None, CLEAN)


def test_a_failure_of_our_own_is_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    uri = "untitled:buffer"
    workspace = SimpleNamespace(position_encoding="utf-16", folders={}, root_path=None)
    server = SimpleNamespace(
        workspace=workspace,
        client_capabilities=types.ClientCapabilities(),
        text_document_publish_diagnostics=lambda params: None,
    )

    async def ask() -> str | None:
        session = Session(server)  # type: ignore[arg-type]
        session.opened(types.TextDocumentItem(uri, "python", 1, LATE))
        return await session.ask(uri, lambda analysis: str(1 / 0))

    assert asyncio.run(ask()) is None
    assert "no answer about untitled:buffer" in caplog.text and "ZeroDivisionError" in caplog.text


# Hovers.


@asynchronous
async def test_a_hover_tells_whose_a_name_is(editor: Editor) -> None:
    await editor.open(LATE)
    told = await editor.hover("number)")
    assert told and isinstance(told.contents, types.MarkupContent)
    assert told.contents.kind is types.MarkupKind.Markdown
    assert told.contents.value.startswith("`number` is **global**")
    assert told.range and editor.marked(told.range) == "number"
    told = await editor.hover("lambda")
    assert told and isinstance(told.contents, types.MarkupContent)
    assert "outlives the iteration that makes it: kept by made.append() on line 3" in told.contents.value
    assert await editor.hover("[]") is None


# Options.


@one_client
@asynchronous
async def test_the_options_are_those_of_the_nearest_project(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[flake8]\nextend-ignore = CLO101\n")
    assert await editor.open(LATE) == []
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / ".flake8").write_text("[flake8]\nper-file-ignores =\n    other.py: CLO1\n")
    other = Editor(editor.client, inner / "some.py", editor.encoding)
    assert len(await other.open(LATE)) == 1
    other = Editor(editor.client, inner / "other.py", editor.encoding)
    assert await other.open(LATE) == []


@one_client
@asynchronous
async def test_what_is_in_the_baseline_is_left_alone(editor: Editor, tmp_path: Path) -> None:
    editor.path.write_text(LATE)
    assert cli.main(["--quiet", "--isolated", f"--write-baseline={tmp_path}/known.json", str(editor.path)]) == cli.CLEAN
    (tmp_path / "pyproject.toml").write_text("[tool.flake8-closures]\nbaseline = 'known.json'\n")
    assert await editor.open(LATE) == []
    assert await editor.actions("lambda", "source.fixAll") == []
    new = LATE.replace("made", "more")
    editor.change((0, 0, new))
    (finding,) = await editor.news()
    assert finding.range.start.line == 2
    (action,) = await editor.actions("lambda", "source.fixAll")
    assert editor.apply(action) == BOUND.replace("made", "more") + LATE


@one_client
@asynchronous
async def test_excluded_files_are_left_alone(editor: Editor, tmp_path: Path) -> None:
    place = tmp_path / ".venv" / "lib" / "site.py"
    place.parent.mkdir(parents=True)
    assert await Editor(editor.client, place, editor.encoding).open(LATE) == []
    (tmp_path / "setup.cfg").write_text("[flake8]\nextend-exclude = buffer.py\n")
    assert await editor.open(LATE) == []


@one_client
@asynchronous
async def test_comments_silence(editor: Editor) -> None:
    assert await editor.open(LATE.replace("number)\n", "number)  # noqa: CLO101\n")) == []


@asynchronous
async def test_a_new_option_is_noticed(editor: Editor, tmp_path: Path) -> None:
    assert len(await editor.open(LATE)) == 1
    options = tmp_path / "setup.cfg"
    options.write_text("[flake8]\nextend-ignore = CLO101\n")
    event = types.FileEvent(options.as_uri(), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert await editor.news() == []
    registered = editor.client.registered  # type: ignore[attr-defined]
    if editor.encoding != "utf-8":  # Neovim 0.11 takes no wishes on this platform
        (wish,) = registered
        assert wish.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        assert {"globPattern": "**/pyproject.toml"} in wish.register_options["watchers"]


@one_client
@asynchronous
async def test_options_that_cannot_be_read_are_told_once(editor: Editor, tmp_path: Path) -> None:
    wrong = "[flake8]\nclosures-retain-bytes = much\n"
    (tmp_path / "setup.cfg").write_text(wrong)
    assert len(await editor.open(LATE)) == 1
    editor.replace("made", "kept")
    await editor.news()
    (message,) = editor.client.messages
    assert message.type is types.MessageType.Warning
    assert f"{tmp_path / 'setup.cfg'}: [flake8] closures-retain-bytes: 'much' is not a size" in message.message
    for text in ("", wrong):  # mended, and wrong once more
        (tmp_path / "setup.cfg").write_text(text)
        editor.replace("kept", "kept")
        await editor.news()
    assert [each.message for each in editor.client.messages] == [message.message] * 2


@one_client
@asynchronous
async def test_a_buffer_without_a_file_has_the_options_of_the_first_folder(editor: Editor, tmp_path: Path) -> None:
    editor.uri = f"untitled:{tmp_path.name}"
    assert len(await editor.open(LATE)) == 1
    (tmp_path / "setup.cfg").write_text("[flake8]\nextend-ignore = CLO101\n")
    (everything,) = editor.client.folders  # type: ignore[attr-defined]
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "one")
    for added, removed in (([folder], [everything]), ([everything], [folder])):
        change = types.WorkspaceFoldersChangeEvent(added, removed)
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
        assert len(await editor.news()) == (removed == [folder])


# The door.


def test_without_the_extra_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find: Callable[[str], object] = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pygls" else find(name))
    assert cli.main(["--lsp"]) == cli.FAILED
    assert capsys.readouterr().err == ("closure-fix: error: --lsp needs pygls: pip install 'flake8-closures[lsp]'\n")


def test_nothing_else_imports_the_extra() -> None:
    program = (
        "import atexit, sys; atexit.register(lambda: print({'pygls', 'lsprotocol'} & {*sys.modules}));"
        "from flake8_closures import cli; cli.main(['--version'])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "set()"
