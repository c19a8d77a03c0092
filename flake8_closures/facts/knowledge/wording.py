"""What does the name of an unknown callee say about what it does, with a function above all?"""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TOGETHER = re.compile(
    r"^(add|create|register|set|q)(\w*(?:callback|connect|function|handler|hook|listener|observer))$"
)
_RUN = frozenset(
    "assert check apply find map sort run call invoke test expect raises retry wait filter reduce get compute do eval "
    "evaluate measure time try exec execute for each visit walk transform update any all count match search sorted "
    "select group by fill replace sub parse load read write print show minimize maximize solve integrate optimize fit "
    "validate verify ensure process iterate traverse foreach approximate jacobian grad gradient".split()
)
"""Verbs of what is done at once."""
_FETCH = frozenset("get fetch read load find search select compute".split())
"""Those of them that are there for what they return."""
_LEAVE = frozenset("abort bail die exit fail quit raise reraise rethrow skip throw usage".split())
"""Words of what ends the function or the program that calls it."""
_REGISTER = frozenset(
    "add on connect register subscribe bind hook listen observe watch attach install callback handler listener".split()
)
"""Words of what has not run when it has been awaited."""
_SUBSCRIBE = frozenset("subscribe connect observe on after bind listen schedule register".split())
"""The first words of methods that keep callbacks, whatever follows."""
_ADD = frozenset("add register set".split())
_CALLBACKS = frozenset("callback handler listener hook observer".split())
"""The last words of methods that keep callbacks if they begin with a word of `_ADD`."""
_CREATE = frozenset("create make build new wrap decorate partial".split())
"""Verbs of what returns a new thing, made of what it is given."""
_SCHEDULE = frozenset(
    "schedule defer submit set push enqueue route command spawn launch start later when trigger action append queue "
    "define declare configure lazy delayed post put".split()
)
"""Words of what does something later, or has it done."""
_KEEP = _REGISTER | _CREATE | _SCHEDULE
_DEFER = frozenset(
    "defer deferred delay delayed later lazy schedule scheduled enqueue queued background threaded spawn".split()
)
"""Words of decorators of functions that do not run when they are called."""
_START = frozenset("call do execute invoke run".split())
_ELSEWHERE = frozenset("background gui main ui".split())
_MAKE = frozenset("from new create build make blank open parse of".split())
_MAKERS = ("list", "dict", "set", "deque", "defaultdict", "bytearray")
"""Classes that are named like functions."""
_CLASSES = ("class", "cls", "klass")
"""Words for what stands for a class: `cls(f)`, `self.item_class(f)`, `find_class()(f)`."""


def words(name: str) -> list[str]:
    """Return the words of an identifier, lower-case: `addListener` and `add_listener` alike."""
    return [word.lower() for word in _WORDS.findall(name.rpartition(".")[2].rstrip("()"))]


def constructs(name: str) -> bool:
    """Return whether a callee is named like a class."""
    last = name.rpartition(".")[2].strip("_")
    said = words(last)
    stands_for_one = said[-1:] and said[-1] in _CLASSES and (last.endswith("()") or said[0] not in _RUN | _KEEP)
    return (last[:1].isupper() and not last.isupper()) or last in _MAKERS or bool(stands_for_one)


def constructs_otherwise(name: str) -> bool:
    """Return whether a callee is a method of a class, not of an object, that makes one: `Request.blank`."""
    owner, _, method = name.rpartition(".")
    parts = words(method)
    return bool(parts) and parts[0] in _MAKE and constructs(owner)


def runs(callee: str) -> bool:
    """Return whether a callee is named like one that calls at once: `assert_raises`, `find`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _RUN and not _runs_elsewhere(verbs)


def fetches(callee: str) -> bool:
    """Return whether a callee is named like one that is called for what it returns: `get_status`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _FETCH


def leaves(callee: str) -> bool:
    """Return whether a callee is named like one that does not return: `fail_json`, `parser.error`."""
    owner, _, last = callee.rpartition(".")
    return not _LEAVE.isdisjoint(words(last)) or (last == "error" and owner.lower().endswith("parser"))


def makes(callee: str) -> bool:
    """Return whether a callee is named like one that makes something of a function: `make_button`, `wrap`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _CREATE


def keeps(callee: str) -> bool:
    """Return whether a callee is named like one that keeps a function: `add_callback`, `on_click`."""
    verbs = _verbs(callee)
    return bool(verbs) and (verbs[0] in _KEEP or verbs[-1] in _KEEP - {"set"} or _runs_elsewhere(verbs))


def _runs_elsewhere(verbs: list[str]) -> bool:
    """Return whether words tell that something is run, but not now and here: `run_on_main_thread`, `call_soon`."""
    elsewhere = not _ELSEWHERE.isdisjoint(verbs) and not {"in", "on"}.isdisjoint(verbs)
    return verbs[0] in _START and (elsewhere or verbs[-1] in ("later", "soon"))


def registers(callee: str) -> bool:
    """Return whether a callee is named like one that has a function called again and again: nobody waits for that."""
    verbs = _verbs(callee)
    return bool(verbs) and (verbs[0] in _REGISTER or verbs[-1] in _REGISTER)


def subscribes(method: str) -> bool:
    """Return whether a method is named like one that keeps callbacks: `subscribe`, `add_click_listener`."""
    parts = words(method)
    return bool(parts) and (parts[0] in _SUBSCRIBE or (parts[0] in _ADD and parts[-1] in _CALLBACKS))


def defers(decorator: str) -> bool:
    """Return whether a decorator is named like one of functions that do not run when they are called."""
    return not _DEFER.isdisjoint(words(decorator))


def _verbs(name: str) -> list[str]:
    """Return the words of a name that matter, those too that are run together: `qconnect`, `addcallback`."""
    return [part for word in words(name) if word != "async" for part in _TOGETHER.sub(r"\1 \2", word).split()]
