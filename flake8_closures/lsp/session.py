"""What do we and an editor say to each other, and when? Buffers come in, what is known of them goes out.

One analysis runs at a time, in a thread, so that the server keeps listening; what is out of date is thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from flake8_closures.lsp import actions
from flake8_closures.lsp.analysis import Analysis, analyse, options
from flake8_closures.lsp.buffers import Buffer, changed, to_position, to_range, to_text_edit
from flake8_closures.lsp.diagnostics import diagnostic, diagnostics
from flake8_closures.lsp.places import portrait_at, resolution_at
from flake8_closures.report.position import Ruler, Unit
from flake8_closures.report.to_hover import render
from flake8_closures.settings import CANDIDATES, PYPROJECT

PAUSE = 0.2
"""Seconds without a change before a buffer is looked at: somebody is typing."""
WATCHED = (*CANDIDATES, PYPROJECT)
"""The files that hold options."""

Answer = TypeVar("Answer")


@dataclass
class Open:
    """An open document: its newest version, and what is on the way for it."""

    buffer: Buffer
    analysis: asyncio.Task[Analysis | None] | None = None
    """That of the newest version, once it is needed."""
    pending: asyncio.Task[None] | None = None


@dataclass
class Session:
    """The conversation with one editor."""

    server: LanguageServer
    documents: dict[str, Open] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong with the options of a folder, and was said: once is enough, until they are repaired."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def unit(self) -> Unit:
        """What a column counts, as agreed on when the session began."""
        encoding = self.server.workspace.position_encoding
        return Unit(str(getattr(encoding, "value", encoding)))

    def can(self, capability: str) -> object:
        """Return what the editor says that it can do, None where it says nothing."""
        return get_capability(self.server.client_capabilities, capability)

    def ruler(self, analysis: Analysis) -> Ruler:
        """Return what turns our places into those of the editor."""
        return Ruler(analysis.lines, self.unit)

    # What comes in.

    async def watch(self) -> None:
        """Register for changes of the files with options, if the editor can report them."""
        if not self.can("workspace.did_change_watched_files.dynamic_registration"):
            return
        watchers = [types.FileSystemWatcher(f"**/{name}") for name in WATCHED]
        what = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        wish = types.Registration("options", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, what)
        with contextlib.suppress(JsonRpcException):  # then they are read again with the next change
            await self.server.client_register_capability_async(types.RegistrationParams([wish]))

    def opened(self, document: types.TextDocumentItem) -> None:
        """Take in a document, and look at it at once."""
        path = (to_fs_path(document.uri) or "") if document.uri.startswith("file:") else ""
        self.documents[document.uri] = Open(Buffer(document.uri, path, document.version, document.text))
        self.publish_soon(document.uri, 0)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Take in a change, and look at the document when no other has followed for a while."""
        document = self.documents.get(params.text_document.uri)
        if document is None:
            return
        version = params.text_document.version
        document.buffer = changed(document.buffer, version, params.content_changes, self.unit)
        document.analysis = None
        self.publish_soon(params.text_document.uri, PAUSE)

    def again(self) -> None:
        """Look at every document again: options may have changed."""
        for uri, document in self.documents.items():
            document.analysis = None
            self.publish_soon(uri, 0)

    def closed(self, uri: str) -> None:
        """Forget a document, and what was said of it."""
        document = self.documents.pop(uri, None)
        if document and document.pending:
            document.pending.cancel()
        self.publish(uri, None, [])

    # What goes out.

    def publish_soon(self, uri: str, after: float) -> None:
        """Publish the findings of a document after some seconds, unless it changes again before."""
        document = self.documents[uri]
        if document.pending:
            document.pending.cancel()
        document.pending = asyncio.ensure_future(self._publish_findings(uri, after))

    async def _publish_findings(self, uri: str, after: float) -> None:
        await asyncio.sleep(after)
        analysis = await self.analysis(uri)
        if analysis is not None and self.is_current(analysis):
            with_notes = bool(self.can("text_document.publish_diagnostics.related_information"))
            found = diagnostics(analysis, self.ruler(analysis), with_notes=with_notes)
            self.publish(uri, analysis.buffer.version, found)

    def publish(self, uri: str, version: int | None, found: Sequence[types.Diagnostic]) -> None:
        """Send what is to be shown for a document in place of what was shown before."""
        version = version if self.can("text_document.publish_diagnostics.version_support") else None
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def is_current(self, analysis: Analysis) -> bool:
        """Return whether an analysis is about what the editor has now."""
        document = self.documents.get(analysis.buffer.uri)
        return document is not None and document.buffer == analysis.buffer

    async def analysis(self, uri: str) -> Analysis | None:
        """Return the analysis of the newest version; None for what is no Python, not open, or has changed meanwhile."""
        document = self.documents.get(uri)
        if document is None:
            return None
        if document.analysis is None:
            document.analysis = asyncio.ensure_future(self._analyse(document))
        # Who no longer waits must not take it away from the others.
        return await asyncio.shield(document.analysis)

    async def _analyse(self, document: Open) -> Analysis | None:
        buffer = document.buffer
        async with self.turn:
            if document.buffer is not buffer:
                return None
            directory, root = self.directories(buffer)
            found = await asyncio.to_thread(options, buffer.path, directory, root)
            said, self.problems[directory] = self.problems.get(directory, ""), found.problem
            if found.problem not in ("", said):
                self.server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, found.problem))
            return await asyncio.to_thread(analyse, buffer, found)

    async def ask(self, uri: str, question: Callable[[Analysis], Answer]) -> Answer | None:
        """Return the answer of the newest version to a question, None if it is no Python or changes meanwhile.

        A failure of our own is for the log of the editor: most show it to somebody who has only moved the cursor.
        """
        analysis = await self.analysis(uri)
        if analysis is None:
            return None
        async with self.turn:
            try:
                answer = await asyncio.to_thread(question, analysis)
            except Exception:
                logging.getLogger(__name__).exception("no answer about %s", uri)
                return None
        return answer if self.is_current(analysis) else None

    def directories(self, buffer: Buffer) -> tuple[str, str]:
        """Return where to look for the options of a buffer, and the folder of the editor that it belongs to.

        The options are beside its file, or else in the first folder.
        """
        paths = [to_fs_path(uri) for uri in self.server.workspace.folders] + [self.server.workspace.root_path]
        folders: list[str] = [path for path in paths if path and os.path.isdir(path)]
        beside = os.path.dirname(buffer.path)
        if not os.path.isdir(beside):
            beside = next(iter(folders), os.getcwd())
        around = [folder for folder in folders if buffer.path.startswith(os.path.join(folder, ""))]
        return beside, max(around, key=len, default=beside)

    # Questions.

    async def answer_hover(self, params: types.HoverParams) -> types.Hover | None:
        """Return what there is to tell of the place under the cursor."""
        formats = self.can("text_document.hover.content_format")
        is_markdown = isinstance(formats, Sequence) and types.MarkupKind.Markdown in formats
        kind = types.MarkupKind.Markdown if is_markdown else types.MarkupKind.PlainText

        def question(analysis: Analysis) -> types.Hover | None:
            ruler = self.ruler(analysis)
            offset = ruler.offset(to_position(params.position))
            place = Ruler(analysis.lines).at(offset)
            about = place.line, place.column, analysis.facts, analysis.occurrences
            resolution, portrait = resolution_at(*about), portrait_at(*about)
            text = render(resolution, portrait, markdown=is_markdown)
            shown = resolution or portrait
            if not shown or not text:
                return None
            return types.Hover(types.MarkupContent(kind, text), to_range(shown.span, ruler))

        return await self.ask(params.text_document.uri, question)

    async def answer_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        """Return what can be done about the findings on the lines of a range."""
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        first, last = params.range.start.line + 1, params.range.end.line + 1

        def question(analysis: Analysis) -> list[types.CodeAction]:
            ruler = self.ruler(analysis)
            return [self._action(each, analysis, ruler) for each in actions.actions(analysis, first, last, only)]

        return await self.ask(params.text_document.uri, question)

    def _action(self, action: actions.Action, analysis: Analysis, ruler: Ruler) -> types.CodeAction:
        uri, version = analysis.buffer.uri, analysis.buffer.version
        edits = [to_text_edit(edit, ruler) for edit in action.edits]
        edit = types.WorkspaceEdit(changes={uri: edits})
        if self.can("workspace.workspace_edit.document_changes"):
            # With the version, so that the editor refuses what is out of date.
            document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
            edit = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])
        return types.CodeAction(
            title=action.title,
            kind=action.kind,
            diagnostics=[diagnostic(finding, uri, ruler) for finding in action.findings],
            is_preferred=action.is_preferred or None,
            edit=edit,
        )
