"""How is a finding recognised after the code has moved? By its code, its name and the text of its line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from flake8_closures.model import Finding


def fingerprints(findings: Iterable[Finding], lines: Sequence[str]) -> list[str]:
    """Return for each finding of a file 16 hexadecimal digits and, after a colon, which one of several equals it is.

    Neither line numbers nor white space count, nor does the message, which names other lines. `lines` are those of the
    file, the findings in its order. The path is no part of it: it is for whoever compares files.
    """
    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        line = finding.span.line
        text = " ".join(lines[line - 1].split()) if 1 <= line <= len(lines) else ""
        digest = digest_of(finding.code, finding.name, text)
        seen[digest] += 1
        result.append(f"{digest}:{seen[digest]}")
    return result


def digest_of(*parts: str) -> str:
    """Return 16 hexadecimal digits for some texts in their order."""
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=8).hexdigest()
