"""Which methods of lists, dicts, sets and queues put something in, take something out, or hand something out?"""

from __future__ import annotations

QUEUES = frozenset("put put_nowait".split())
"""One more item waits to be taken out."""
ADDS = QUEUES | frozenset("append appendleft add insert".split())
"""One more item is kept."""
JOINS = frozenset("extend extendleft update".split())
"""The items of another container, or of an iterator, are kept."""
LOOKS_UP = frozenset("get setdefault".split())
"""What they return belongs to the container; `setdefault` may keep it first."""
EMPTIES = frozenset(("clear",))
"""Nothing is kept any more."""
JOINED = frozenset(("join",))
"""Everybody is done with it: a queue, a pool, a thread."""
TAKES = frozenset("pop popleft popitem get_nowait".split())
"""One item is handed out, and no longer kept."""
DROPS = EMPTIES | frozenset("remove discard".split())
LOSES = frozenset("difference_update intersection_update symmetric_difference_update".split())
"""Only the items that another container has, or lacks, are kept."""
ARRANGES = frozenset("sort reverse".split())
COUNTS = frozenset("index count empty full qsize task_done".split())
SHOWS = frozenset("values items keys copy __iter__ __next__".split())
"""What they return holds what the container holds."""

FILLS = ADDS | JOINS | {"setdefault"}
CHANGES = FILLS | TAKES | DROPS | LOSES | ARRANGES
HANDS_OUT = SHOWS | TAKES | {"get"}
KEEPS_TO_ITSELF = FILLS | DROPS | ARRANGES | COUNTS
"""Nothing of what it held before gets elsewhere."""
