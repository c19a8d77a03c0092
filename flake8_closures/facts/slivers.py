"""How much of an object does a read need: all of it, or a sliver such as its length, its shape, one item?"""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from flake8_closures.facts.retention import RetentionContext
from flake8_closures.facts.weight import Estimate
from flake8_closures.facts.weight.estimate import DICT, SEQUENCES

_SLIVER = 0.1
"""The largest share of the whole that counts as a sliver."""
_SIZES = frozenset("shape dtype ndim nbytes itemsize size strides".split())
_OF_TABLES = frozenset("shape dtypes columns ndim size empty height width schema num_rows num_columns".split())
_OF_MODELS = frozenset("config device".split())
"""Attributes of a pretrained model that describe it, and that its tokenizer or configuration do not have."""
_METHODS = frozenset("dim numel ndimension nelement".split())
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


class Sliver(enum.Enum):
    """What a read takes of an object."""

    LENGTH = "its length"
    SHAPE = "what it says of its own size and type"
    ITEM = "one item"
    SLICE = "a slice"
    SETTINGS = "its settings"
    TYPE = "its type"
    IDENTITY = "which object it is"
    TRUTH = "whether it is empty"


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A sliver: the whole expression that takes it, and what it takes."""

    node: ast.expr
    sliver: Sliver


def taken(read: ast.AST, whole: Estimate, context: RetentionContext) -> Taken | None:
    """Return the sliver that a read of a name takes of its object; None where it may need all of it."""
    around = context.parents.get(read)
    if isinstance(around, ast.Call) and around.args[:1] == [read] and around.func is not read:
        return _called(around, context)
    if isinstance(around, ast.Attribute) and isinstance(around.ctx, ast.Load):
        return _attribute(around, whole, context)
    if isinstance(around, ast.Subscript) and around.value is read and isinstance(around.ctx, ast.Load):
        return _subscript(around, whole, context)
    if isinstance(around, ast.Compare) and all(isinstance(op, (ast.Is, ast.IsNot)) for op in around.ops):
        return Taken(around, Sliver.IDENTITY)
    if isinstance(around, ast.UnaryOp) and isinstance(around.op, ast.Not):
        return Taken(around, Sliver.TRUTH)
    if isinstance(around, _TESTS) and around.test is read and isinstance(read, ast.expr):
        return Taken(read, Sliver.TRUTH)
    return None


def _called(call: ast.Call, context: RetentionContext) -> Taken | None:
    """Return the sliver that a function takes of its argument: `len(data)`."""
    callee = context.names.dotted(call.func)
    plain = len(call.args) == 1 and not call.keywords
    if callee == "builtins.len" and plain:
        return Taken(call, Sliver.LENGTH)
    if callee == "builtins.bool" and plain:
        return Taken(call, Sliver.TRUTH)
    if callee == "builtins.id" and plain:
        return Taken(call, Sliver.IDENTITY)
    if (callee == "builtins.type" and plain) or (callee == "builtins.isinstance" and len(call.args) == 2):
        return Taken(call, Sliver.TYPE)
    return None


def _attribute(node: ast.Attribute, whole: Estimate, context: RetentionContext) -> Taken | None:
    """Return the sliver that an attribute, or a call of it, takes: `grid.shape`, `tensor.size()`."""
    call = context.parents.call_of(node)
    if call is not None:
        plain = not call.args and not call.keywords
        is_size = node.attr == "size" and not call.keywords and all(map(_is_constant, call.args))
        if whole.kind == "torch.Tensor" and (is_size or (plain and node.attr in _METHODS)):
            return Taken(call, Sliver.SHAPE)
        if whole.kind == DICT and node.attr == "get" and call.args and _is_constant(call.args[0]):
            return Taken(call, Sliver.ITEM)
        return None
    if node.attr in _OF_MODELS and whole.loader == ".from_pretrained":
        return Taken(node, Sliver.SETTINGS)
    if node.attr == "__len__":
        return None
    is_table = whole.kind.endswith(("DataFrame", "Series", "Table"))
    if node.attr in (_OF_TABLES if is_table else _SIZES) and (whole.shape is not None or whole.loader):
        return Taken(node, Sliver.SHAPE)
    return None


def _subscript(node: ast.Subscript, whole: Estimate, context: RetentionContext) -> Taken | None:
    """Return the sliver that a constant index or slice takes. A variable index needs all items."""
    if not _is_constant(node.slice):
        return None
    is_slice = isinstance(node.slice, ast.Slice)
    if whole.loader:
        # One key of loaded data, one line of many; rows and columns of a table are not known to be small.
        if isinstance(node.slice, ast.Slice):
            return Taken(node, Sliver.SLICE) if whole.kind in SEQUENCES and _is_short(node.slice) else None
        is_key = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) and not whole.kind
        return Taken(node, Sliver.ITEM) if is_key or whole.kind in SEQUENCES else None
    part, kept = context.weights.taken(whole, node), whole.kept
    known = part.size if part.size is not None else 0.0 if whole.kind in ("", DICT) else None
    if kept is None or known is None or known > _SLIVER * kept:
        return None
    if whole.kind in SEQUENCES or whole.kind in ("", DICT) or part.kind:
        return Taken(node, Sliver.SLICE if is_slice else Sliver.ITEM)
    return None


def _is_short(part: ast.Slice) -> bool:
    """Return whether a slice takes a number of items that does not depend on how many there are: `[:8]`, `[-8:]`."""
    if part.upper is not None:
        return isinstance(part.upper, ast.Constant) and not isinstance(part.lower, ast.UnaryOp)
    return isinstance(part.lower, ast.UnaryOp)


def _is_constant(node: ast.expr) -> bool:
    """Return whether an index, key or slice is spelled out."""
    if isinstance(node, ast.Slice):
        return all(part is None or _is_constant(part) for part in (node.lower, node.upper, node.step))
    if isinstance(node, ast.Tuple):
        return all(_is_constant(part) for part in node.elts)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant)
