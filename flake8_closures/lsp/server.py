"""Which message of an editor goes where? Each to the session, which knows what to do about it."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from flake8_closures import __version__
from flake8_closures.lsp import actions
from flake8_closures.lsp.session import Session

OWN = (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_DID_CLOSE)
"""What pygls would do for us, and we do ourselves: see `buffers`."""


def build() -> LanguageServer:
    """Return a server that is ready to be started."""
    server = LanguageServer("closure-fix", __version__, types.TextDocumentSyncKind.Incremental)
    session = Session(server)
    for method in OWN:
        del server.protocol.fm.builtin_features[method]
    _listen(server, session)
    _answer(server, session)
    return server


def _listen(server: LanguageServer, session: Session) -> None:
    """Handle the notifications of the editor."""

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        await session.watch()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        session.opened(params.text_document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        session.changed(params)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        session.again()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        session.again()


def _answer(server: LanguageServer, session: Session) -> None:
    """Handle the requests of the editor."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await session.answer_hover(params)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[*actions.KINDS]))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        return await session.answer_actions(params)
