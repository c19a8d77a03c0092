"""Which texts come up while a file is repaired, and what is found in each? Every text is parsed and checked once."""

from __future__ import annotations

from dataclasses import dataclass, field

from flake8_closures.config import Config
from flake8_closures.engine.checking import check
from flake8_closures.model import Finding
from flake8_closures.source import Source


@dataclass(slots=True)
class Texts:
    """The texts of one run, checked with the options of the run."""

    config: Config
    sources: dict[str, Source] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def source(self, text: str, like: Source) -> Source:
        """Return a text of the run as a file with the path and encoding of another one. Raises SourceError."""
        if text not in self.sources:
            self.sources[text] = like.with_text(text)
        return self.sources[text]

    def check(self, source: Source) -> list[Finding]:
        """Return what the rules find in a file. Raises what a rule raises."""
        if source.text not in self.findings:
            self.findings[source.text] = check(source, self.config)
        return self.findings[source.text]
