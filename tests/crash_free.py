"""Do all rules get through every file of some folders, in time? Run by any Python, with nothing installed.

    python tests/crash_free.py --stdlib            # the standard library of this Python
    python tests/crash_free.py FOLDER ...

Prints a line for each file on which a rule fails or that takes longer than 10 seconds of CPU time, and a summary.
"""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
import time
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from flake8_closures import source  # noqa: E402
from flake8_closures.facts import Facts  # noqa: E402
from flake8_closures.rules import all_rules  # noqa: E402

SECONDS = 10.0

if not importlib.util.find_spec("flake8"):
    # Who reads comments asks flake8, which a Python with nothing installed has not.
    source.Source.silenced = lambda self, line, code: False  # type: ignore[method-assign]


def trouble(path: Path) -> str | None:
    """Return what goes wrong with a file, an empty string for nothing, None for a file that is not Python."""
    begin = time.process_time()
    try:
        code = source.read(path.read_bytes(), str(path))
        facts = Facts(code)
        for rule in all_rules().values():
            for _ in rule.check(facts):
                pass
    except source.SourceError:
        return None
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    taken = time.process_time() - begin
    return f"{taken:.1f} seconds" if taken > SECONDS else ""


def files(arguments: Sequence[str]) -> Iterable[Path]:
    folders = [sysconfig.get_path("stdlib") if argument == "--stdlib" else argument for argument in arguments]
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            if "site-packages" not in path.parts:
                yield path


def main(arguments: Sequence[str]) -> int:
    count = wrong = slowest = 0
    for path in files(arguments):
        begin = time.process_time()
        found = trouble(path)
        slowest = max(slowest, round(1000 * (time.process_time() - begin)))
        count += found is not None
        if found:
            wrong += 1
            print(f"{path}: {found}", flush=True)
    print(f"{sys.version.split()[0]}: {count} files, {wrong} with trouble, the slowest {slowest} ms")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
