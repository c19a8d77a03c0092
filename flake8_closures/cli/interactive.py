"""Which repairs does the user want? Shows one after the other, with the code and the change, and asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from flake8_closures import engine
from flake8_closures.cli import writing
from flake8_closures.config import Config
from flake8_closures.fixes.edits import apply
from flake8_closures.model import Edit, Finding, Remedy
from flake8_closures.report import to_text
from flake8_closures.report.paint import Paint, plain
from flake8_closures.source import Source

PROMPT = "repair? [y]es [n]o [a]ll [s]kip file [q]uit [e]xplain: "
HELP = """y  make this repair
n  do not make it
a  make it, and all that follow, of the other files too
s  go on with the next file; what was chosen in this one is made
q  stop here; what was chosen so far is made
e  explain the rule"""
CHANGES = {"+": "repair", "-": "removed", "@": "note"}
"""How the lines of a patch are painted, by how they begin."""
ANSWERS = {"yes": "y", "no": "n", "all": "a", "skip": "s", "quit": "q", "explain": "e"}


@dataclass
class Dialogue:
    """A conversation about the files of one run. `explain` gives the page of a code."""

    answers: TextIO
    screen: TextIO
    explain: Callable[[str], str]
    paint: Paint = plain
    everything: bool = False
    over: bool = False

    def choose(self, code: Source, findings: Sequence[Finding], config: Config) -> list[Finding]:
        """Return the findings of a file whose repair is wanted. After `over` there is nothing more to ask."""
        offered = [
            (finding, *repair)
            for finding, repair in zip(findings, engine.repairs(code, findings, config), strict=True)
            if repair and repair[1]
        ]
        if self.everything:
            return [finding for finding, _, _ in offered]
        chosen: list[Finding] = []
        for number, (finding, remedy, edits) in enumerate(offered, 1):
            self._say(f"\n({number} of {len(offered)} in {code.path})")
            self._show(code, finding, remedy, edits)
            answer = self._answer(finding)
            if answer == "a":
                self.everything = True
                return chosen + [finding for finding, _, _ in offered[number - 1 :]]
            if answer == "y":
                chosen.append(finding)
            self.over = answer == "q"
            if answer in "sq":
                break
        return chosen

    def _show(self, code: Source, finding: Finding, remedy: Remedy, edits: Sequence[Edit]) -> None:
        before, after = (writing.encode(text, code) for text in (code.text, apply(code.text, edits)))
        for line in to_text.finding(code.path, finding, code.lines, paint=self.paint):
            self._say(line)
        self._say(f"  {to_text.repair(remedy, self.paint)}")
        patch = writing.patch(code.path, before, after).decode(code.encoding, "replace")
        for line in patch.splitlines()[2:]:
            style = CHANGES.get(line[:1])
            self._say("  " + (self.paint(style, line) if style else line))

    def _answer(self, finding: Finding) -> str:
        """Ask until there is an answer, explain the code if that is wanted, and return the letter: `q` at the end."""
        while True:
            self.screen.write(PROMPT)
            self.screen.flush()
            typed = self.answers.readline()
            word = typed.strip().lower()
            if not typed:
                self._say("")
                return "q"
            answer = ANSWERS.get(word, word)
            if answer == "e":
                self._say("\n" + self.explain(finding.code))
            elif answer in ANSWERS.values():
                return answer
            else:
                self._say(HELP)

    def _say(self, line: str) -> None:
        self.screen.write(f"{line}\n")
