"""In which order can things happen? One control-flow graph for each function, lambda, generator expression and module.

A graph is made of blocks of events (`Do`): a name is read, bound or unbound, a function object is made, a call returns,
a star draws an iterable to its end, a generator is suspended, a loop starts its next iteration, a `with` block or the
function is left. Comprehensions and class bodies run where they stand, so they are part of the graph around them.
`finally` bodies are copied for each way of leaving their `try`: what follows a `return` never mixes with what follows
the normal end.

Every question is one search for a path of events: `Graph.path`, and `Course` for the way of an object. There is no
table of special cases: `return`, `break`, `else`, loops with one iteration and dead code all follow from the edges.
"""

from flake8_closures.facts.flow.build import build
from flake8_closures.facts.flow.constant import may_never_return, never_returns
from flake8_closures.facts.flow.course import Course, Stop
from flake8_closures.facts.flow.graph import Do, Event, Graph, Graphs

__all__ = ["Course", "Do", "Event", "Graph", "Graphs", "Stop", "build", "may_never_return", "never_returns"]
