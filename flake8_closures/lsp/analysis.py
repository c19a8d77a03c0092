"""What is known of one version of a buffer? The findings, the options they were found with, and on demand the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flake8_closures import engine, report, settings
from flake8_closures.cli import baseline, discovery
from flake8_closures.cli.selection import Selection
from flake8_closures.codes import FAILURE
from flake8_closures.config import Config
from flake8_closures.facts import Facts
from flake8_closures.lsp import places
from flake8_closures.lsp.buffers import Buffer
from flake8_closures.lsp.places import Occurrence
from flake8_closures.memo import cached_property
from flake8_closures.model import Edit, Finding, Outcome, Remedy, Span
from flake8_closures.settings import UsageError
from flake8_closures.source import Source, SourceError, of_text


@dataclass(frozen=True)
class Options:
    """The options for one file. `problem` says why those of its project could not be read, empty if they could."""

    config: Config
    is_excluded: bool = False
    known: frozenset[str] = frozenset()
    """The fingerprints that the baseline of the project has for the file."""
    problem: str = ""


@dataclass(frozen=True)
class Analysis:
    """What was found in one version of a buffer. Nothing is offered to be repaired where the analysis failed."""

    buffer: Buffer
    source: Source
    options: Options
    findings: Sequence[Finding]
    hidden: Sequence[Finding] = ()
    """Those that the baseline leaves out. They are not repaired either."""

    repairs: dict[Finding, list[tuple[Remedy, tuple[Edit, ...]]]] = field(default_factory=dict)
    """The proved repairs of the findings that were needed so far: a cursor comes back to a line often."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines of the buffer, with their ends."""
        return self.source.lines

    @cached_property
    def facts(self) -> Facts:
        """The facts of this version."""
        return engine.facts_of(self.source, self.options.config)

    @cached_property
    def occurrences(self) -> Sequence[Occurrence]:
        """Every name that stands in the text, with the block it stands in."""
        return places.occurrences(self.facts.scopes, self.source)

    @cached_property
    def safely_fixed(self) -> Outcome:
        """The buffer with all repairs that are safe, whatever the options allow besides."""
        return engine.fix(self.source, replace(self.options.config, unsafe_fixes=False), hidden=self.hidden)


def options(path: str, directory: str, root: str) -> Options:
    """Return the options for a file: those that `closure-fix` would read in the directory.

    `path` is empty for a buffer that has no file. `root` is the folder from which the editor looks at the file: what is
    excluded between the two is excluded. Raises nothing.
    """
    try:
        loaded = settings.load(directory=directory)
        config = settings.in_force(loaded)
        known = baseline.read(loaded.baseline).known(path) if path and loaded.baseline else frozenset()
    except UsageError as error:
        return Options(Config(), problem=f"the options of {directory} are not used: {error}")
    if not path:
        return Options(config)
    config = replace(config, extend_ignore=config.extend_ignore + discovery.ignored_in(path, loaded))
    return Options(config, discovery.is_excluded(path, loaded, root), known)


def analyse(buffer: Buffer, found: Options) -> Analysis | None:
    """Return what there is to tell of a buffer, None while it is no Python: somebody is typing.

    A failure of our own becomes a finding, CLO000, in the first line. Raises nothing but MemoryError.
    """
    try:
        source = of_text(buffer.text, buffer.path or buffer.uri)
    except SourceError:
        return None
    if found.is_excluded:
        return Analysis(buffer, source, found, ())
    try:
        all_of_it = engine.check(source, found.config)
    except MemoryError:
        raise
    except Exception as error:
        return Analysis(buffer, source, found, [Finding(FAILURE, Span(1, 0, 1, 0), "", report.failure(error))])
    findings, _ = Selection(known=found.known).of(all_of_it, source.lines)
    return Analysis(buffer, source, found, findings, [each for each in all_of_it if each not in findings])
