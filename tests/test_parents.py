"""Are the parents of a tree those that a walk of the whole tree finds, however they are asked for?"""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from flake8_closures.tree import Parents

TREE = '''
@decorate(lambda: [1 for _ in "a"])
class Outer(Base[int], metaclass=make(lambda: 0)):
    """Names."""
    @register(key=lambda: 1)
    def method(self, first=(lambda: 2)) -> "x":
        return f"{first:{self.width}} {[f'{each}' for each in first]}"
    class Inner:
        value = [(yes, no) for yes in (1, 2) if (no := yes)]; other = value
        def method(self): del self.value[0:1]
with open("x") as file, open("y"): text = file.read(); rest = -1
@decorate
async def late(): return await late()
try: pass
except (ValueError, *more) as error: raise error from None
'''
PACKAGE = Path(__file__).resolve().parent.parent / "flake8_closures"


def walked(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Return the parent of every node that has one place only."""
    marks = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    pairs = ((child, node) for node in ast.walk(tree) for child in ast.iter_child_nodes(node))
    return {child: node for child, node in pairs if not isinstance(child, marks)}


@pytest.mark.parametrize("text", [TREE, "", (PACKAGE / "source.py").read_text(encoding="utf-8")])
@pytest.mark.parametrize("seed", range(3))
def test_every_node_has_its_parent(text: str, seed: int) -> None:
    tree = ast.parse(text)
    expected = walked(tree)
    nodes = list(expected)
    random.Random(seed).shuffle(nodes)
    parents = Parents(tree)
    assert [parents.get(node) for node in nodes] == [expected[node] for node in nodes]
    assert dict(parents) == expected and len(parents) == len(expected)
    assert dict(Parents(tree)) == expected
    assert tree not in parents and ast.Pass() not in parents


def test_only_the_statement_around_a_node_is_walked() -> None:
    tree = ast.parse(TREE)
    (outer,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    method = outer.body[1]
    parents = Parents(tree)
    assert isinstance(parents[method.body[0].value], ast.Return)  # type: ignore[attr-defined]
    (inner,) = (node for node in outer.body if isinstance(node, ast.ClassDef))
    assert inner.body[0] not in parents._known and tree.body[-1].body[0] not in parents._known  # type: ignore[attr-defined]
