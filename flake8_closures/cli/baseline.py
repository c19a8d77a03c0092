"""Which findings were there before? A baseline keeps them by fingerprint, so that only new ones are reported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from flake8_closures.cli import writing
from flake8_closures.cli.job import Visit
from flake8_closures.config import Config
from flake8_closures.report.fingerprint import fingerprints
from flake8_closures.rules import all_rules
from flake8_closures.settings import UsageError

VERSION = 1


class Entry(NamedTuple):
    """One finding that is known. Code and name are for those who read the file, and to tell what is stale."""

    code: str
    name: str
    fingerprint: str


@dataclass
class Baseline:
    """The known findings by file. Files are named relative to the folder of the baseline, with slashes."""

    folder: str
    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def known(self, path: str) -> frozenset[str]:
        """Return the fingerprints that are known of a file."""
        if not self.entries:
            return frozenset()
        return frozenset(entry.fingerprint for entry in self._of(path))

    def add(self, result: Visit) -> None:
        """Take over the findings of a file."""
        marks = fingerprints(result.findings, result.lines)
        known = [Entry(each.code, each.name, mark) for each, mark in zip(result.findings, marks, strict=True)]
        if known:
            self.entries[self._name(result.path)] = known

    def stale_in(self, result: Visit, config: Config) -> Iterator[str]:
        """Yield a line if a visit with these options should have met known findings and did not."""
        if not self.entries:
            return
        gone = [
            entry
            for entry in self._of(result.path)
            if entry.fingerprint not in result.known and _is_looked_for(entry.code, config)
        ]
        if gone and not result.failures:
            yield _gone(self._name(result.path), gone)

    def of_lost_files(self) -> Iterator[str]:
        """Yield a line for each file that is no more."""
        for name, entries in self.entries.items():
            if not os.path.lexists(os.path.join(self.folder, name)):
                yield _gone(name, entries)

    def _of(self, path: str) -> list[Entry]:
        return self.entries.get(self._name(path), []) if self.entries else []

    def _name(self, path: str) -> str:
        return os.path.relpath(os.path.realpath(path), self.folder).replace(os.sep, "/")


def _gone(name: str, entries: list[Entry]) -> str:
    listed = ", ".join(f"{entry.code} about {entry.name!r}" for entry in entries)
    return f"{name}: no longer found, but in the baseline: {listed}"


def _is_looked_for(code: str, config: Config) -> bool:
    rule = all_rules().get(code)
    return rule is None or config.is_enabled(rule)


def read(path: str) -> Baseline:
    """Return the baseline of a file. Raises UsageError."""
    import json

    baseline = Baseline(os.path.dirname(os.path.realpath(path)))
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        if document["version"] != VERSION:
            raise UsageError(f"{path}: is a baseline of version {document['version']}, not {VERSION}")
        for name, entries in document["findings"].items():
            baseline.entries[name] = [Entry(each["code"], each["name"], each["fingerprint"]) for each in entries]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{path}: is not a baseline; --write-baseline writes one") from None
    return baseline


def write(path: str, baseline: Baseline) -> None:
    """Write a baseline: files in order, one finding a line, so that two versions can be compared. Raises UsageError."""
    import json

    files = []
    for name, entries in sorted(baseline.entries.items()):
        lines = ",\n".join(f"   {json.dumps(entry._asdict())}" for entry in entries)
        files.append(f"  {json.dumps(name)}: [\n{lines}\n  ]")
    findings = "{\n" + ",\n".join(files) + "\n }" if files else "{}"
    try:
        writing.write(path, f'{{\n "version": {VERSION},\n "findings": {findings}\n}}\n'.encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
