"""A lambda that only calls a method of `self` is given to an object that outlives `self`.

The emitter keeps the lambda, and the lambda keeps `self`: closed windows and dropped layers live on, and still answer.
Qt, psygnal, matplotlib and others hold bound methods weakly, or disconnect them when their object goes:

```python
class LayerView:
    def __init__(self, layer):
        layer.events.changed.connect(lambda event: self.refresh(event))  # the layer keeps every view
```

Connect the method itself (`layer.events.changed.connect(self.refresh)`), or disconnect when the view is closed. Where
the lambda drops an argument, the method has to take it, unless the emitter is one of those that ask how many it
takes, as Qt and psygnal do. There is no repair: it is up to the emitter whether it holds a bound method weakly, and
how many arguments it passes.

Opt-in. Silent for lambdas that do anything else, and for emitters that are part of `self` or made beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_closures.facts import Facts
from flake8_closures.facts.escape.use import brief
from flake8_closures.model import Confidence, Finding, Note
from flake8_closures.rules import rule


@rule("CLO314", "forwarding-lambda", default=False)
def check(facts: Facts) -> Iterator[Finding]:
    """Report each such lambda."""
    for found in facts.forwarders:
        name, method, emitter = found.variable.name, brief(found.method), brief(found.call.func)
        takes = f" (which has to take `{', '.join(found.dropped)}` then)" if found.dropped else ""
        yield Finding(
            "CLO314",
            facts.source.span(found.function),
            name,
            f"{name!r} is kept alive by what {emitter}() is given: this lambda only calls `{method}`; "
            f"connect the method itself{takes}, or disconnect it in the end",
            Confidence.POSSIBLE,
            notes=(Note(facts.source.span(found.call), f"{emitter}() keeps the lambda"),),
        )
