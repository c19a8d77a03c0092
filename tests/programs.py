"""Which programs can make a closure read late? Writes them: loops x closures x captured variables x escapes.

A program is one of three: a function that returns, a generator function, a module. All it does not show is opaque and
comes in by name: `flag()` and `more()` are true or not, `items()` gives any number of items, `fresh()` a new number,
`context()` a context manager of one; `box` is an object of the caller's and `base` a number. Every function that takes
a closure is in the program, or a builtin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]

PARAMETERS = ("flag", "more", "items", "fresh", "context", "base", "box")
ENTRIES = frozenset(("program", "collect"))
"""What runs a program, and is none of what it leaves."""
COLLECTOR = "\n\ndef collect(*given):\n    return list(program(*given))\n"
"""Who draws from a program that is a generator, in plain sight."""
PRELUDE = {
    "functools": "import functools\n",
    "KEPT": "KEPT = []\n",
    "call": "def call(function):\n    return function()\n",
    "call_twice": "def call_twice(function):\n    call(function)\n    call(function)\n",
    "call_each": "def call_each(functions):\n    for function in functions:\n        function()\n",
    "draw": "def draw(iterable):\n    for _ in iterable:\n        pass\n",
    "draw_list": "def draw_list(iterable):\n    return list(iterable)\n",
    "keep": "def keep(function):\n    KEPT.append(function)\n",
    "keep_on": "def keep_on(function):\n    keep(function)\n",
    "give": "def give(function):\n    return function\n",
    "pack": "def pack(function):\n    return [function]\n",
    "ignore": "def ignore(function):\n    return function is None\n",
    "wrap": "def wrap(function):\n    def wrapper():\n        return function()\n    return wrapper\n",
    "later": "def later(function):\n    yield function()\n",
    "Holder": (
        "class Holder:\n    def __init__(self, function):\n        self.function = function\n\n"
        "    def run(self):\n        return self.function()\n"
    ),
    "Registered": "class Registered:\n    def __init_subclass__(cls):\n        KEPT.append(cls)\n",
    "Bag": (
        "class Bag:\n    def __init__(self):\n        self.functions = []\n\n"
        "    def put(self, function):\n        self.functions.append(function)\n\n"
        "    def run(self):\n        for function in self.functions:\n            function()\n"
    ),
}
"""The functions and classes of a program, in the order in which they are defined; each stands there if it is named."""
BEFORE = {
    "bag": "bag = Bag()",
    "functions": "functions = []",
    "pairs": "pairs = []",
    "table": "table = {}",
    "keyed": "keyed = {}",
    "iterators": "iterators = []",
    "slot": "slot = None",
    "other": "other = None",
    "older": "older = None",
    "iterator": "iterator = ()",
    "holder": "holder = None",
    "a": "a = fresh()",
    "b": "b = fresh()",
    "c": "c = fresh()",
    "n": "n = 0",
}
"""What is bound before the first loop, if it is named at all."""
CONTAINERS = ("bag", "functions", "pairs", "table", "keyed", "iterators")
_DEEPEST = 3
INNER = {
    "make": 7,
    "bind": 4,
    "use": 3,
    "branch": 1,
    "attempt": 1,
    "manage": 1,
    "loop": 1,
    "leave": 1,
    "rebirth": 1,
}
"""What may stand in a loop, and how often."""
FATES = {
    "functions": ["functions.append(MADE)"] * 2 + ["functions += [MADE]", "functions.extend([MADE])"],
    "slot": ["slot = MADE", "slot = MADE", "other = MADE"],
    "table": ["table[fresh()] = MADE", "table.setdefault(fresh(), MADE)", "keyed['key'] = MADE"],
    "pairs": ["pairs.append((fresh(), MADE))"],
    "box": ["box.function = MADE"],
    "now": ["(MADE)()"],
    "call": ["call(MADE)", "call_twice(MADE)"],
    "keep": ["keep(MADE)", "keep_on(MADE)"],
    "holder": ["holder = Holder(MADE)"],
    "bag": ["bag.put(MADE)"],
    "yields": ["yield MADE"],
    "ignored": ["ignore(MADE)"],
    "later": ["iterator = later(MADE)"],
    "bare": ["MADE"],
}
"""Where a new closure may go at once."""


def text(choose: Choose[Any]) -> str:
    """Return a program; `choose` takes one of a sequence."""
    return Writer(choose).program()


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Programs, those with fewer and simpler statements first."""
    return text(lambda options: draw(st.sampled_from(options)))


class Writer:
    """Writes one program, statement by statement, to `lines`."""

    def __init__(self, choose: Choose[Any]) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.indent = 0
        self.loops = 0
        self.numbers = 0
        self.kind = "function"
        self.captured = ["a", "b", "c"]
        """Names that a closure may read here."""
        self.invariant = True
        """Whether an invariant assignment may still come; two of them would give each other's value back."""
        self.jumps = True
        """Whether `break` and `continue` may stand here."""
        self.handling = False
        """Whether this is a handler: what needs a second exception, out of it, would hardly ever be run."""

    def often(self, options: dict[str, int]) -> str:
        return self.choose([name for name, weight in options.items() for _ in range(weight)])  # type: ignore[no-any-return]

    def maybe(self, of: int = 2) -> bool:
        return self.choose(range(of)) == of - 1  # type: ignore[no-any-return]

    def put(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    @contextmanager
    def under(self, line: str) -> Iterator[None]:
        self.put(line)
        self.indent += 1
        yield
        self.indent -= 1

    def new(self, stem: str) -> str:
        self.numbers += 1
        return f"{stem}{self.numbers}"

    # The program.

    def program(self) -> str:
        self.kind = self.often({"function": 6, "generator": 1, "module": 2})
        self.indent = 0 if self.kind == "module" else 1
        self.loop()
        for _ in range(self.choose(range(4))):
            self.statement({"use": 5, "bind": 1, "loop": 1, "make": 1})
        if self.kind == "function" and self.maybe():
            self.put(f"return {self.choose((*CONTAINERS, 'slot', 'iterator', 'holder'))}")
        if self.kind == "generator":
            self.put("yield fresh()")
        body = "\n".join(self.lines)
        indent = "" if self.kind == "module" else "    "
        before = [indent + line for name, line in BEFORE.items() if _names(name, body)]
        head = [] if self.kind == "module" else [f"def program({', '.join(PARAMETERS)}):"]
        whole = "\n".join([*head, *before, body]) + "\n"
        prelude: list[str] = []
        for name, definition in reversed(PRELUDE.items()):
            if _names(name, whole + "".join(prelude)):
                prelude.insert(0, definition + "\n")
        return "".join(prelude) + whole + (COLLECTOR if self.kind == "generator" else "")

    def block(self, kinds: dict[str, int], most: int) -> None:
        for _ in range(1 + self.choose(range(most))):
            self.statement(kinds)

    def statement(self, kinds: dict[str, int]) -> None:
        getattr(self, self.often(kinds))()

    def inner(self, most: int = 3) -> None:
        if self.indent > _DEEPEST + 1:
            self.block({"make": 4, "bind": 3, "use": 1}, 2)
        else:
            self.block(INNER, most)

    # Loops and branches.

    def loop(self) -> None:
        if self.loops >= _DEEPEST:
            self.make()
            return
        self.loops += 1
        kept, jumps = list(self.captured), self.jumps
        self.jumps = True
        target = "ijk"[self.loops - 1]
        form = self.often({"for": 5, "while": 2, "once": 1, "pairs": 1})
        if form == "for":
            source = self.choose(["(1, 2, 3)", "range(3)", "items()"])
            with self.under(f"for {target} in {source}:"):
                self.captured += [target, target]
                self.inner(4)
        elif form == "pairs":
            with self.under(f"for {target}, b in ((1, 2), (3, 4)):"):
                self.captured += [target]
                self.inner(4)
        elif form == "while":
            with self.under("while more():"):
                self.captured += ["n", "n"]
                early = self.maybe()
                if early:
                    self.put("n += 1")
                self.inner(4)
                if not early:
                    self.put("n += 1")
        else:
            with self.under("while True:"):
                self.captured += ["n"]
                self.put("n += 1")
                self.inner(3)
                if self.maybe():
                    with self.under("if flag():"):
                        self.put("break")
                else:
                    self.put("break")
        self.jumps = jumps
        if form != "once" and self.maybe(5):
            with self.under("else:"):
                self.block({"use": 2, "make": 1, "bind": 1}, 2)
        self.captured = kept
        self.loops -= 1

    def branch(self) -> None:
        with self.under("if flag():"):
            self.inner(2)
        if self.maybe():
            with self.under("else:"):
                self.inner(2)

    def attempt(self) -> None:
        if self.handling:
            self.make()
            return
        form = self.often({"except": 2, "except as": 2, "finally": 1, "both": 1})
        with self.under("try:"):
            self.inner(2)
            if self.maybe():
                with self.under("if flag():"):
                    self.put("raise ValueError")
        if form != "finally":
            with self.under("except ValueError as e:" if form == "except as" else "except ValueError:"):
                if form == "except as":
                    self.captured.append("e")
                self.handling = True
                self.inner(2)
                self.handling = False
                if form == "except as":
                    self.captured.remove("e")
        if form in ("finally", "both"):
            jumps, self.jumps = self.jumps, False
            with self.under("finally:"):
                self.block({"use": 2, "bind": 1, "make": 1}, 2)
            self.jumps = jumps

    def manage(self) -> None:
        name = self.choose("ab")
        with self.under(f"with context() as {name}:"):
            self.inner(2)

    def leave(self) -> None:
        ways = ["break", "continue"] if self.jumps else []
        if self.kind != "module":
            ways += ["return", "return"]
        if not ways:
            self.make()
            return
        way = self.choose(ways)
        if way == "return" and self.kind == "function":
            way = f"return {self.choose(['slot', 'functions', 'table', self.expression()])}"
        with self.under("if flag():"):
            self.put(way)

    # Bindings.

    def rebirth(self) -> None:
        name = self.choose(CONTAINERS)
        other = "" if self.kind == "module" or self.maybe() else f" = box.{name}"
        self.put(BEFORE[name].replace(" =", f"{other} =", 1))

    def bind(self) -> None:
        name = self.choose("aab")
        target = next((each for each in self.captured[3:4]), "base")
        form = self.often(
            {
                "fresh": 3,
                "from loop": 2,
                "augmented": 1,
                "invariant": 2,
                "tuple": 1,
                "walrus": 1,
                "import": 1,
                "target": 1,
            }
        )
        if form == "fresh":
            self.put(f"{name} = fresh()")
        elif form == "from loop":
            self.put(f"{name} = {target} * 10 + 1" if target != "e" else f"{name} = fresh()")
        elif form == "augmented":
            self.put(f"{name} += 1")
        elif form == "invariant":
            self.put(f"c = {self.choose(['5', 'base', 'base * 2'])}" if self.invariant else "c")
            self.invariant = False
        elif form == "tuple":
            self.put("a, b = fresh(), fresh()")
        elif form == "walrus":
            with self.under(f"if ({name} := fresh()) and flag():"):
                self.make()
        elif form == "target" and target in ("i", "j", "k"):
            self.put(f"{target} = fresh()")
        else:
            self.put(f"{name} = fresh()")

    # Closures.

    def read(self) -> str:
        """Return an expression that reads one captured variable, or two."""
        name = self.choose(self.captured)
        return self.choose([name, name, name, f"({name}, {self.choose(self.captured)})"])  # type: ignore[no-any-return]

    def expression(self) -> str:
        """Return an expression for a function without parameters, put before it what that needs."""
        form = self.often(
            {
                "lambda": 6, "def": 3, "deep call": 1, "deep": 1, "comprehension": 1, "partial": 1, "either": 1,
                "wrapped": 1, "given": 1, "default": 1, "method": 1, "captured def": 1, "bound": 1,
            }
        )  # fmt: skip
        read = self.read()
        if form == "lambda":
            return f"lambda: {read}"
        if form == "deep call":
            return f"lambda: (lambda: {read})()"
        if form == "deep":
            return f"lambda: (lambda: {read})"
        if form == "comprehension":
            return f"lambda: [{read} for _ in (1, 2)]"
        if form == "partial":
            return f"functools.partial(lambda: {read})"
        if form == "either":
            return f"(lambda: {read}) if flag() else (lambda: {self.read()})"
        if form == "wrapped":
            return f"wrap(lambda: {read})"
        if form == "given":
            return f"give(lambda: {read})"
        if form == "default":
            return f"lambda value={read}: (value, {self.read()})"
        name = self.new("made")
        if form == "method":
            with self.under(f"class {name.title()}:"), self.under("def method(self):"):
                self.put(f"return {read}")
            return f"{name.title()}().method"
        bound = self.choose(self.captured)
        with self.under(f"def {name}({bound}={bound}):" if form == "bound" else f"def {name}():"):
            self.put(f"return {read}")
        if form == "captured def":
            return f"lambda: {name}()"
        return name

    def make(self) -> None:
        """Write a closure and where it goes first."""
        form = self.often(
            {
                "functions": 5, "slot": 4, "table": 2, "pairs": 1, "box": 1, "now": 3, "call": 2, "keep": 2,
                "holder": 2, "bag": 1, "lazy": 5, "sort": 2, "comprehension": 4, "bare": 1, "yields": 2,
                "class": 1, "returns": 1, "chain": 1, "made by map": 1,
                "ignored": 1, "later": 1,
            }
        )  # fmt: skip
        if form in ("lazy", "sort", "comprehension", "chain"):
            getattr(self, form)()
            return
        made = self.expression()
        if form == "class":
            self.class_with_functions()
        elif form == "returns":
            if self.kind == "function" and self.maybe():
                with self.under("if flag():"):
                    self.put(f"return {made}")
            else:
                self.put(made)
        elif form == "made by map":
            self.put(f"functions += list(map(lambda value: lambda: {self.read()}, (1, 2)))")
        elif (form == "box" and self.kind == "module") or (form == "yields" and self.kind != "generator"):
            self.put(made)
        else:
            self.put(self.choose(FATES[form]).replace("MADE", made))

    def class_with_functions(self) -> None:
        """Write a class that has functions, and where it, its object or its method goes."""
        name = self.new("Kind")
        base = self.choose(["", "", "(Registered)"])
        if self.maybe(4):
            with self.under(f"class {name}{base}:"):
                self.put(f"functions = [lambda: ({self.read()}, x) for x in (1, 2)]")
            self.put(self.choose([f"call_each({name}.functions)", f"KEPT.append({name})"]))
            return
        with self.under(f"class {name}{base}:"), self.under("def method(self):"):
            self.put(f"return {self.read()}")
        self.put(self.choose([f"{name}().method()", f"KEPT.append({name})", f"functions.append({name}().method)"]))

    def chain(self) -> None:
        """Write a function around the one before it, and where it goes."""
        name = self.new("link")
        if self.maybe():
            with self.under(f"def {name}(*, older=slot):"):
                self.put(f"return {self.read()}, older and older()")
        else:
            self.put("older = slot")
            with self.under(f"def {name}():"):
                self.put(f"return {self.read()}, flag() and older and older()")
        self.put(f"slot = {name}")

    def lazy(self) -> None:
        read = self.read()
        form = self.choose(["drawn", "handed out", *["expression"] * 6])
        if form != "expression":
            name = self.new("drawn")
            with self.under(f"def {name}():"):
                self.put(f"yield {read}" if form == "drawn" else f"return ({read} for _ in (1, 2))")
            made = f"{name}()"
        else:
            made = self.lazy_expression(read)
        self.put(
            self.choose(
                [
                    f"iterator = {made}",
                    f"iterator = {made}",
                    f"iterators.append({made})",
                    f"iterators.append(list({made}))",
                    f"iterators.append([*{made}])",
                    f"draw({made})",
                    f"iterator = draw_list({made})",
                    f"iterator = {self.choose(['list', 'tuple', 'sorted', 'iter'])}({made})",
                    f"any({made})",
                    f"for _ in {made}: pass",
                    f"KEPT.append({made})",
                ]
            )
        )

    def lazy_expression(self, read: str) -> str:
        return self.choose(  # type: ignore[no-any-return]
            [
                f"({read} for _ in (1, 2))",
                f"map(lambda value: (value, {read}), (1, 2))",
                f"filter(lambda value: {read} is not None, (1, 2))",
                f"(value for value in (1, 2) if {read} is not None)",
                f"zip(({read} for _ in (1, 2)), (3, 4))",
            ]
        )

    def sort(self) -> None:
        read = self.read()
        self.put(
            self.choose(
                [
                    f"sorted((3, 1), key=lambda value: (value, str({read})))",
                    f"max((3, 1), key=lambda value: (value, str({read})))",
                    f"any({read} is None for _ in (1, 2))",
                    f"list(map(lambda value: {read}, (1, 2)))",
                    f"functools.reduce(lambda one, two: {read}, (1, 2, 3))",
                ]
            )
        )

    def comprehension(self) -> None:
        name = self.choose("xy")
        read = self.choose([name, name, self.read(), f"({name}, {self.read()})"])
        source = self.choose(["(1, 2)", "range(2)", "items()"])
        made = self.choose(
            [f"lambda: {read}", f"lambda: {read}", f"functools.partial(lambda: {read})", f"give(lambda: {read})"]
        )
        self.put(
            self.choose(
                [
                    f"functions += [{made} for {name} in {source}]",
                    f"functions = [{made} for {name} in {source}]",
                    f"table = {{{name}: {made} for {name} in {source}}}",
                    f"[({made})() for {name} in {source}]",
                    f"[call({made}) for {name} in {source}]",
                    f"KEPT.append([{made} for {name} in {source}])",
                    f"[each() for each in [{made} for {name} in {source}]]",
                    f"functions = [{made} for {name} in {source} for w in (3, 4)]",
                    f"functions = list({made} for {name} in {source})",
                    f"call_each([{made} for {name} in {source}])",
                    f"[each() for each in ({made} for {name} in {source})]",
                    f"for each in ({made} for {name} in {source}): each()",
                    f"call_each({made} for {name} in {source})",
                ]
            )
        )

    # Uses of what was put away before.

    def use(self) -> None:
        self.put(
            self.often(
                {
                    "for each in functions: each()": 4,
                    "[each() for each in functions]": 1,
                    "call_each(functions)": 1,
                    "if slot is not None: slot()": 5,
                    "if other is not None: other()": 2,
                    "if slot is not None: call(slot)": 1,
                    "if slot is not None: functions.append(slot)": 2,
                    "other = slot": 1,
                    "keep(slot)": 1,
                    "keep(functions)": 1,
                    "for each in table.values(): each()": 2,
                    "for _, each in pairs: each()": 2,
                    "list(each() for each in functions)": 2,
                    "draw(each() for _, each in pairs)": 1,
                    "if 'key' in keyed: keyed['key']()": 1,
                    "functions.clear()": 1,
                    "draw(iterator); iterator = ()": 2,
                    "list(iterator); iterator = ()": 1,
                    "iterators.append(iterator); iterator = ()": 1,
                    "for each in iterators: draw(each)": 1,
                    "if holder is not None: holder.run()": 2,
                    "bag.run()": 2,
                    "keep(bag)": 1,
                    "keep(holder)": 1,
                    "iterator = [*iterator]": 1,
                }
            )
        )


def _names(name: str, text: str) -> bool:
    """Return whether a text has a name in it as a word."""
    place = text.find(name)
    while place >= 0:
        around = text[place - 1 : place] + text[place + len(name) : place + len(name) + 1]
        if not any(sign.isalnum() or sign == "_" for sign in around):
            return True
        place = text.find(name, place + 1)
    return False
