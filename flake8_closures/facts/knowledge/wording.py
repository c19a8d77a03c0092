"""What does the name of an unknown callee say about what it does, above all with a function?"""

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
"""Verbs for what is done at once."""
_FETCH = frozenset("get fetch read load find search select compute".split())
"""Those of them that are called for their result."""
_LEAVE = frozenset("abort bail die exit fail quit raise reraise rethrow skip throw usage".split())
"""Words for what ends the calling function or the program."""
_REGISTER = frozenset(
    "add on connect register subscribe bind hook listen observe watch attach install callback handler listener".split()
)
"""Words for what has not run yet when its registration has been awaited."""
_SUBSCRIBE = frozenset("subscribe connect observe on after bind listen schedule register".split())
"""First words of methods that keep callbacks, whatever follows."""
_ADD = frozenset("add register set".split())
_CALLBACKS = frozenset("callback handler listener hook observer".split())
"""Last words of methods that keep callbacks if they begin with a word of `_ADD`."""
_CREATE = frozenset("create make build new wrap decorate partial".split())
"""Verbs for what returns a new thing made of its arguments."""
_SCHEDULE = frozenset(
    "schedule defer submit set push enqueue route command spawn launch start later when trigger action append queue "
    "define declare configure lazy delayed post put".split()
)
"""Words for what does something later, or has it done."""
_KEEP = _REGISTER | _CREATE | _SCHEDULE
_DEFER = frozenset(
    "defer deferred delay delayed later lazy schedule scheduled enqueue queued background threaded spawn".split()
)
"""Words in decorators of functions that do not run when they are called."""
_ONCE = frozenset("alarm deferred immediate interval timeout timer".split())
"""Words in setters that do not replace what was set before."""
_START = frozenset("call do execute invoke run".split())
_ELSEWHERE = frozenset("background gui main ui".split())
_MAKE = frozenset("from new create build make blank open parse of".split())
_MAKERS = ("list", "dict", "set", "deque", "defaultdict", "bytearray")
"""Classes that have the names of functions."""
_CLASSES = ("class", "cls", "klass")
"""Words for what stands for a class: `cls(f)`, `self.item_class(f)`, `find_class()(f)`."""


def words(name: str) -> list[str]:
    """Return the words of an identifier in lower case: the same for `addListener` and `add_listener`."""
    return [word.lower() for word in _WORDS.findall(name.rpartition(".")[2].rstrip("()"))]


def constructs(name: str) -> bool:
    """Return whether a callee has the name of a class."""
    last = name.rpartition(".")[2].strip("_")
    said = words(last)
    stands_for_one = said[-1:] and said[-1] in _CLASSES and (last.endswith("()") or said[0] not in _RUN | _KEEP)
    return (last[:1].isupper() and not last.isupper()) or last in _MAKERS or bool(stands_for_one)


def constructs_otherwise(name: str) -> bool:
    """Return whether a callee looks like a class method that makes an object: `Request.blank`."""
    owner, _, method = name.rpartition(".")
    parts = words(method)
    return bool(parts) and parts[0] in _MAKE and constructs(owner)


def runs(callee: str) -> bool:
    """Return whether the name of a callee says that it calls at once: `assert_raises`, `find`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _RUN and not _runs_elsewhere(verbs)


def fetches(callee: str) -> bool:
    """Return whether the name of a callee says that it is called for its result: `get_status`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _FETCH


def leaves(callee: str) -> bool:
    """Return whether the name of a callee says that it does not return: `fail_json`."""
    owner, _, last = callee.rpartition(".")
    return not _LEAVE.isdisjoint(words(last)) or (last == "error" and owner.lower().endswith("parser"))


def makes(callee: str) -> bool:
    """Return whether the name of a callee says that it makes something of a function: `make_button`, `wrap`."""
    verbs = _verbs(callee)
    return bool(verbs) and verbs[0] in _CREATE


def keeps(callee: str) -> bool:
    """Return whether the name of a callee says that it keeps a function: `add_callback`, `on_click`."""
    verbs = _verbs(callee)
    return bool(verbs) and (verbs[0] in _KEEP or verbs[-1] in _KEEP - {"set"} or _runs_elsewhere(verbs))


def _runs_elsewhere(verbs: list[str]) -> bool:
    """Return whether words say that something runs, but not now and here: `run_on_main_thread`, `call_soon`."""
    elsewhere = not _ELSEWHERE.isdisjoint(verbs) and not {"in", "on"}.isdisjoint(verbs)
    return verbs[0] in _START and (elsewhere or verbs[-1] in ("later", "soon"))


def registers(callee: str) -> bool:
    """Return whether the name of a callee says that a function is called again and again: nobody waits for that."""
    verbs = _verbs(callee)
    return bool(verbs) and (verbs[0] in _REGISTER or verbs[-1] in _REGISTER)


def subscribes(method: str) -> bool:
    """Return whether the name of a method says that it keeps callbacks: `subscribe`, `add_click_listener`."""
    parts = words(method)
    return bool(parts) and (parts[0] in _SUBSCRIBE or (parts[0] in _ADD and parts[-1] in _CALLBACKS))


def replaces(method: str) -> bool:
    """Return whether the name of a method says that it replaces a value: `set_formatter`."""
    parts = words(method)
    return parts[:1] == ["set"] and len(parts) > 1 and _ONCE.isdisjoint(parts)


def defers(decorator: str) -> bool:
    """Return whether the name of a decorator says that its functions do not run when they are called."""
    return not _DEFER.isdisjoint(words(decorator))


def _verbs(name: str) -> list[str]:
    """Return the words of a name that matter, also those written together: `qconnect`, `addcallback`."""
    return [part for word in words(name) if word != "async" for part in _TOGETHER.sub(r"\1 \2", word).split()]
