"""Does each repair write what a careful person would write, and refuse what cannot be written?"""

from __future__ import annotations

import ast
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_closures import fixes, source
from flake8_closures.fixes import proof
from flake8_closures.fixes.edits import apply, difference, together
from flake8_closures.model import Edit, Remedy, Safety, Span
from flake8_closures.source import Source

FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.GeneratorExp)


def read(text: str | bytes) -> Source:
    if isinstance(text, bytes):
        return source.read(text, "t.py")
    return source.of_text(text, "t.py")


def remedies(code: Source, action: str, names: str, which: int) -> list[Remedy]:
    spans = sorted(code.span(node) for node in ast.walk(code.tree) if isinstance(node, FUNCTIONS))
    return [Remedy(action, spans[which], name, f"{action} {name}", Safety.SAFE) for name in names.split()]


def repaired(text: str | bytes, action: str, names: str, which: int = -1) -> str:
    """Return the proved new text; a refusal or a failed proof is returned as its reason, behind a `!`."""
    code = read(text)
    made, refused = fixes.repairs(code, remedies(code, action, names, which))
    if refused:
        return "!" + " / ".join(refused.values())
    new = apply(code.text, [repair.edit for repair in made])
    reason = proof.prove(code.text, new, [repair.change for repair in made])
    return "!" + reason if reason else new


LAMBDAS = {
    "lambda: i": "lambda *, i=i: i",
    "lambda : i": "lambda *, i=i: i",
    "lambda x: i": "lambda x, *, i=i: i",
    "lambda x : i": "lambda x, *, i=i : i",
    "lambda x,: i": "lambda x, *, i=i,: i",
    "lambda x=1: i": "lambda x=1, *, i=i: i",
    "lambda x, /: i": "lambda x, /, *, i=i: i",
    "lambda x, /, y=1: i": "lambda x, /, y=1, *, i=i: i",
    "lambda *a: i": "lambda *a, i=i: i",
    "lambda *a, k=1: i": "lambda *a, k=1, i=i: i",
    "lambda *, k: i": "lambda *, k, i=i: i",
    "((lambda: i))": "((lambda *, i=i: i))",
    "(\n        lambda:\n            i)": "(\n        lambda *, i=i:\n            i)",
    "lambda: [i for _ in i]": "lambda *, i=i: [i for _ in i]",
    "lambda: (lambda: i)": "lambda *, i=i: (lambda: i)",
    "lambda: (yield i)": "lambda *, i=i: (yield i)",
}


@pytest.mark.parametrize(
    "frame", ["def e():\n    for i in range(3):\n        fs.append({})\n", "fs = [{} for i in 'ab']\n"]
)
@pytest.mark.parametrize("before", LAMBDAS)
def test_lambda_is_bound(frame: str, before: str) -> None:
    which = -2 if before == "lambda: (lambda: i)" else -1
    assert repaired(frame.format(before), "bind_default", "i", which) == frame.format(LAMBDAS[before])


SIGNATURES = {
    "()": "(*, i=i)",
    "(a, b)": "(a, b, *, i=i)",
    "(a, b,)": "(a, b, *, i=i,)",
    "(a, /)": "(a, /, *, i=i)",
    "(a, /,)": "(a, /, *, i=i,)",
    "(*a)": "(*a, i=i)",
    "(*, k)": "(*, k, i=i)",
    "(a: int, *, k: int = 1) -> int": "(a: int, *, k: int = 1, i=i) -> int",
    "(a,\n          b)": "(a,\n          b, *, i=i)",
    "(\n        a,\n        b,\n    )": "(\n        a,\n        b,\n        *,\n        i=i,\n    )",
    "(\n        a,  # one\n        b,  # two\n        # three\n    )": (
        "(\n        a,  # one\n        b,  # two\n        # three\n        *,\n        i=i,\n    )"
    ),
    "(\n        a,\n        b\n    )": "(\n        a,\n        b,\n        *,\n        i=i\n    )",
    "(\n        a,\n        b  # two\n        # three\n    )": (
        "(\n        a,\n        b,  # two\n        # three\n        *,\n        i=i\n    )"
    ),
    "(\n        *a,\n        k=1,\n    )": "(\n        *a,\n        k=1,\n        i=i,\n    )",
    "(\n        a, b\n    )": "(\n        a, b,\n        *,\n        i=i\n    )",
    "(\n        # none\n    )": "(\n        # none\n        *,\n        i=i,\n    )",
    "(  # none\n    )": "(  # none\n        *,\n        i=i,\n    )",
    "(\n    )": "(\n        *,\n        i=i,\n    )",
}


@pytest.mark.parametrize("before", SIGNATURES)
@pytest.mark.parametrize("head", ["def", "@decorated\n    async def", "@a\n    # why\n    @b(1)\n    def"])
def test_def_is_bound(head: str, before: str) -> None:
    frame = "def e(i):\n    {} f{}:\n        return i  # late\n    i += 1\n    return f\n"
    assert repaired(frame.format(head, before), "bind_default", "i") == frame.format(head, SIGNATURES[before])


def test_several_variables_are_bound_in_one_edit() -> None:
    before = "fs = [lambda x: x + i + j for i in 'ab' for j in 'ab']"
    assert repaired(before, "bind_default", "j i") == before.replace("lambda x", "lambda x, *, j=j, i=i")


def test_a_method_is_bound_by_its_def() -> None:
    before = "for i in 'ab':\n    class A:\n        def m(self): return i\n        def n(self): i = 3\n"
    assert repaired(before, "bind_default", "i", 0) == before.replace("m(self)", "m(self, *, i=i)")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
def test_a_generic_function_is_bound() -> None:
    before = "def e():\n    for i in 'ab':\n        def f[T](x: T) -> T: return i\n        fs.append(f)\n"
    assert repaired(before, "bind_default", "i") == before.replace("x: T", "x: T, *, i=i")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="positions inside f-strings are wrong before")
def test_a_lambda_in_an_f_string_is_bound() -> None:
    assert "lambda *, i=i: i" in repaired('x = f"{[(lambda: i) for i in r]}"\n', "bind_default", "i")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("fs = [lambda **k: i for i in r]", "**k could hand in another 'i'"),
        ("fs = [lambda i: i for i in r]", "'i' is a parameter already"),
        ("fs = [lambda *i: i for i in r]", "'i' is a parameter already"),
        ("fs = [lambda: [i := 1] for x in r]", "the function changes 'i'"),
        ("fs = [(i for _ in r) for i in r]", "a generator expression has no parameters"),
        ("fs = [lambda: x for i in r]", "the function does not read 'i' under this name"),
        ("def e():\n  i = 0\n  def f():\n    nonlocal i\n    i += 1\n", "the function changes 'i'"),
        ("def e():\n  i = 0\n  def f():\n    global i\n    return i\n", "the function changes 'i'"),
        (
            "def e():\n  def i(): return i\n",
            "'i' is the function itself, which does not exist yet when the default is taken",
        ),
        ("for _ in r:\n  i = wrap(lambda: i)\n", "'i' gets its value from the statement that makes the function"),
        ("for _ in r:\n  a, i = 1, lambda: i\n", "'i' gets its value from the statement that makes the function"),
        ("for i in [lambda: i]: pass\n", "'i' gets its value from the statement that makes the function"),
        ("with wrap(lambda: i) as i: pass\n", "'i' gets its value from the statement that makes the function"),
        ("f((i := lambda: i))\n", "'i' gets its value from the statement that makes the function"),
        (
            "def e():\n  for i in r:\n    class A:\n      i = 1\n      def m(self): return i\n",
            "'i' is another variable where the default is taken",
        ),
    ],
)
def test_binding_is_refused(before: str, reason: str) -> None:
    assert repaired(before, "bind_default", "i") == "!" + reason


def test_private_names_are_refused() -> None:
    before = "class A:\n    def e(self):\n        return [lambda: __i for __i in self]\n"
    assert repaired(before, "bind_default", "__i") == "!'__i' is private to the class 'A'"
    before = "class A:\n    def e(self):\n        __i = 0\n        def f():\n            __i += 1\n"
    assert repaired(before, "declare_nonlocal", "__i") == "!'__i' is private to the class 'A'"


# Declarations. `{}` is where the statement has to come.

BODIES = [
    "    def f(): {nonlocal x; }x += 1  # noqa\n",
    "    def f(): 'doc'; {nonlocal x; }x += 1\n",
    "    def f():\n        'doc'; {nonlocal x; }x += 1\n",
    "    def f():\n        'doc'\n{        nonlocal x\n}        x += 1\n",
    "    def f():\n        '''doc\n        '''\n{        nonlocal x\n}\n        # why\n        x += 1\n",
    "    def f():\n        'doc' r'more'\n{        nonlocal x\n}        x += 1\n",
    "    def f():\n        ('doc'\n         'more')\n{        nonlocal x\n}        x += 1\n",
    "    def f():\n{        nonlocal x\n}        f'doc'\n        x += 1\n",
    "    def f():\n{        nonlocal x\n}        b'doc'\n        x += 1\n",
    "    def f():\n        # type: () -> int\n{        nonlocal x\n}        # why\n        x += 1\n",
    "    def f():  # type: () -> int\n{        nonlocal x\n}        x += 1\n",
    "    def f():\n{        nonlocal x\n}        # why\n\n        x += 1; y = 1\n",
    "    def f():\n{        nonlocal x\n}        if y:\n            x += 1\n",
    "    def f():\n        nonlocal y{, x}  # both\n        x += 1\n",
    "    def f():\n        'doc'\n        print()\n        nonlocal y{, x}; x += 1\n",
    "    def f(): nonlocal y{, x}; x += 1\n",
    "    def f():\n{        nonlocal x\n}        x += 1\n        nonlocal y\n",
    "    def f():\n{        nonlocal x\n}        def g():\n            nonlocal y\n        x += 1\n",
    "    def f():\n{        nonlocal x\n}        global z\n        x += z\n",
    "    @a\n    # why\n    @b(1)\n    async  def f(\n        p,\n    ):\n{        nonlocal x\n}        x += 1\n",
    "    class A:\n        x = 1\n        def f(self):\n{            nonlocal x\n}            x += 1\n",
    "    def f():\n{        nonlocal x\n}        x += 1\n        return lambda: x\n",
    "    def m():\n        def f():\n{            nonlocal x\n}            x += 1\n        return f\n",
]


@pytest.mark.parametrize("body", BODIES)
def test_nonlocal_is_declared(body: str) -> None:
    frame = f"def o():\n    x = y = 0\n{body}    return locals()\n"
    before = "".join(part.partition("}")[2] if "}" in part else part for part in frame.split("{"))
    functions = sorted((read(before).span(at), at) for at in ast.walk(ast.parse(before)) if isinstance(at, FUNCTIONS))
    which = next(number for number, (_, at) in enumerate(functions) if getattr(at, "name", "") == "f")
    assert repaired(before, "declare_nonlocal", "x", which) == frame.replace("{", "").replace("}", "")


def test_several_names_are_declared_in_one_statement() -> None:
    before = "def o():\n  x = y = 0\n  def f():\n    x, y = y, x\n"
    assert repaired(before, "declare_nonlocal", "x y") == before.replace("    x,", "    nonlocal x, y\n    x,")


@pytest.mark.parametrize("indent", ["\t", " ", "  ", "        "])
def test_indentation_is_kept(indent: str) -> None:
    before = "def o():\n\tx = 0\n\tdef f():\n\t\tx += 1\n".replace("\t", indent)
    after = "def o():\n\tx = 0\n\tdef f():\n\t\tnonlocal x\n\t\tx += 1\n".replace("\t", indent)
    assert repaired(before, "declare_nonlocal", "x") == after


def test_global_is_declared() -> None:
    assert repaired("x = 0\ndef f(): x += 1", "declare_global", "x") == "x = 0\ndef f(): global x; x += 1"
    before = "x = y = 0\ndef o(x):\n  def f():\n    global y\n    x = y = 1\n"
    assert repaired(before, "declare_global", "x") == before.replace("global y", "global y, x")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("x: int = 1", "'x' is annotated in 'f', and an annotated name cannot be declared nonlocal"),
        ("x: int", "'x' is annotated in 'f', and an annotated name cannot be declared nonlocal"),
        ("global x; x = 1", "'x' is declared in 'f' already"),
        ("nonlocal x; x = 1", "'x' is declared in 'f' already"),
        ("try: pass\n    except E as x: pass", "the except clause of 'f' would unbind the outer 'x'"),
        ("[x for x in y]", "'f' does not bind 'x'"),
        ("def g(): x = 1", "'f' does not bind 'x'"),
        ("print(x)", "'f' does not bind 'x'"),
    ],
)
def test_nonlocal_is_refused(statement: str, reason: str) -> None:
    assert repaired(f"def o():\n  x = 0\n  def f():\n    {statement}\n", "declare_nonlocal", "x", 1) == "!" + reason


@pytest.mark.parametrize(
    ("before", "action", "reason"),
    [
        ("def o():\n  x = 0\n  def f(x): x += 1\n", "declare_nonlocal", "'x' is a parameter of 'f'"),
        ("def o():\n  x = 0\n  f = lambda: x\n", "declare_nonlocal", "only a def can hold a nonlocal statement"),
        ("def f(): x += 1\n", "declare_nonlocal", "the result does not compile: no binding for nonlocal 'x' found"),
        (
            "x = 1\ndef f(): x += 1\n",
            "declare_nonlocal",
            "the result does not compile: no binding for nonlocal 'x' found",
        ),
        ("def f(): x += 1\n", "declare_global", "there is no variable 'x' to declare"),
        ("def o(x):\n  def f(): x += 1\n", "declare_global", "there is no variable 'x' to declare"),
        ("def f(): x += 1\n", "declare_love", "there is no repair called 'declare_love'"),
        ("def f(): x += 1\n", "proof", "there is no repair called 'proof'"),
        ("def f(): x += 1\n", "../etc", "there is no repair called '../etc'"),
    ],
)
def test_declaration_is_refused(before: str, action: str, reason: str) -> None:
    assert repaired(before, action, "x") == "!" + reason


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
@pytest.mark.parametrize("before", ["def o[x]():\n  def f(): x = 1\n", "def o(x):\n  def f[x](): x = 1\n"])
def test_type_parameters_are_not_declared(before: str) -> None:
    assert "is a type parameter of" in repaired(before, "declare_nonlocal", "x")


def test_no_function_at_the_place() -> None:
    remedy = Remedy("bind_default", Span(1, 0, 1, 1), "i", "", Safety.SAFE)
    assert fixes.repairs(read("i\n"), [remedy]) == ([], {remedy: "there is no function at this place"})


# Every byte outside the edit is the same.

NESTED = 'def o():\n    x = 0\n\n    def f():\n        "d"\n        x += 1\n    return f, "é"\n'
FILES = {
    "LF": NESTED.encode(),
    "CRLF": NESTED.replace("\n", "\r\n").encode(),
    "lone CR": NESTED.replace("\n", "\r").encode(),
    "mixed, LF inside": NESTED.replace("\n", "\r\n", 2).encode(),
    "mixed, CRLF inside": NESTED[::-1].replace("\n", "\n\r", 4)[::-1].encode(),
    "byte order mark": b"\xef\xbb\xbf" + NESTED.encode(),
    "latin-1": b"# -*- coding: latin-1 -*-\n" + NESTED.encode("latin-1"),
    "cp1252": b"# vim: set fileencoding=cp1252 :\r\n" + NESTED.replace("\n", "\r\n").replace("é", "€").encode("cp1252"),
    "no final newline": NESTED.rstrip("\n").encode(),
    "tabs": NESTED.replace("    ", "\t").encode(),
    "leading form feed": b"\f" + NESTED.encode(),
    "form feed between": NESTED.replace("\n\n", "\n\f\n").encode(),
    "form feed in the indentation": NESTED.replace("    def", "\f    def").encode(),
    "blanks at the ends of lines": NESTED.replace("\n", " \t\n").encode(),
    "astral characters": NESTED.replace("    x = 0", '    "😀é"; x = 0').encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_bytes_outside_the_edit_are_the_same(name: str) -> None:
    data = FILES[name]
    code = source.read(data, "t.py")
    after = repaired(data, "declare_nonlocal", "x")
    assert not after.startswith("!"), after
    written = code.bom + after.encode(code.encoding)
    start = next(number for number, (old, new) in enumerate(zip(data, written, strict=False)) if old != new)
    added = len(written) - len(data)
    assert written[:start] + written[start + added :] == data
    inserted = written[start : start + added]
    assert inserted.strip() == b"nonlocal x"
    ends = {"CRLF": b"\r\n", "lone CR": b"\r", "cp1252": b"\r\n", "mixed, CRLF inside": b"\r\n"}
    assert inserted.lstrip(b" \t").removeprefix(b"nonlocal x").rstrip(b" \t") == ends.get(name, b"\n")


def test_wide_characters_before_the_function() -> None:
    before = 'for é in "ab":\r    fs += ["😀", lambda: é]; s = "ü"\r'
    assert repaired(before, "bind_default", "é") == before.replace("lambda", "lambda *, é=é")


@pytest.mark.parametrize(
    "before",
    [
        "for i in r: fs += [lambda: i]\n",
        "for i in r: \\\n    fs += [lambda: i]\n",
        'a = 1; fs = [lambda: i for i in r]; b = """x\n"""',
        'for i in r:\n    fs += [lambda: i]; b = """x\n"""\n',
        "if a: pass\nelif [lambda: i for i in b]: pass\n",
        "try:\n    pass\nexcept [lambda: i for i in b]:\n    pass\n",
        "match a:\n    case 1 if [lambda: i for i in b]: pass\n",
        "for i in r:\n    if 1:\n        fs += [(\n  lambda: i  # why\n)]\n# end",
        "@[lambda: i for i in r][0]\ndef f(): pass\n",
    ],
)
def test_the_statement_around_the_function_is_found(before: str) -> None:
    which = 0 if before.startswith("@") else -1
    assert repaired(before, "bind_default", "i", which) == before.replace("lambda", "lambda *, i=i")


@pytest.mark.parametrize("deep", ["+".join("r" * 600), "r" + ".r" * 600, "r" + "()" * 600, "[" * 90 + "r" + "]" * 90])
def test_a_deep_statement_is_refused(deep: str) -> None:
    result = repaired(f"fs = [lambda: i for i in {deep}]\n", "bind_default", "i")
    assert result == "!the statement is nested too deeply" or "lambda *, i=i: i" in result


def test_a_deep_statement_elsewhere_does_not_matter() -> None:
    before = f"x = {'+'.join('r' * 300)}\nfs = [lambda: i for i in r]\n"
    assert repaired(before, "bind_default", "i") == before.replace("lambda", "lambda *, i=i")


def test_the_program_does_what_was_meant() -> None:
    before = "def late():\n  fs = []\n  for i in range(3):\n    fs.append(lambda x=0: i)\n  return [f() for f in fs]\n"
    names: dict[str, object] = {}
    exec(repaired(before, "bind_default", "i") + "result = late()", names)
    assert names["result"] == [0, 1, 2]
    before = (
        "def o():\n    'doc'\n    n = 0\n    def f():\n        'd'\n        n += 1\n        return n\n    return f\n"
    )
    names = {}
    exec(repaired(before, "declare_nonlocal", "n") + "f = o(); result = f(), f(), f.__doc__", names)
    assert names["result"] == (1, 2, "d")


@pytest.mark.parametrize(
    ("steps", "at_once"),
    [
        ([[]], []),
        ([[Edit(1, 2, "x")]], [Edit(1, 2, "x")]),
        ([[Edit(0, 0, "x"), Edit(6, 6, "y")]], [Edit(0, 0, "x"), Edit(6, 6, "y")]),
        ([[Edit(4, 4, "xyz")], [Edit(1, 1, "w")]], [Edit(1, 1, "w"), Edit(4, 4, "xyz")]),
        ([[Edit(1, 1, "w")], [Edit(5, 6, "")]], [Edit(1, 1, "w"), Edit(4, 5, "")]),
        ([[Edit(2, 3, "xyz")], [Edit(3, 4, "")]], [Edit(2, 3, "xz")]),
        ([[Edit(2, 3, "xyz")], [Edit(1, 6, "")]], [Edit(1, 4, "")]),
        ([[Edit(0, 6, "")], [Edit(0, 0, "a")], [Edit(1, 1, "b")]], [Edit(0, 6, "ab")]),
    ],
)
def test_edits_one_after_the_other_are_edits_at_once(steps: list[list[Edit]], at_once: list[Edit]) -> None:
    text = last = "abcdef"
    for edits in steps:
        last = apply(last, edits)
    assert list(together(text, steps)) == at_once
    assert apply(text, at_once) == last


TEXTS = st.text("ab\n\r ", max_size=20)


@settings(deadline=None)
@given(before=TEXTS, after=TEXTS)
def test_a_difference_makes_one_text_of_another(before: str, after: str) -> None:
    assert apply(before, difference(before, after)) == after


def test_a_difference_leaves_the_other_lines_alone() -> None:
    (edit,) = difference("a\nb\nc\n", "a\nB\nc\n")
    assert (edit.start, edit.end, edit.text) == (2, 3, "B")
