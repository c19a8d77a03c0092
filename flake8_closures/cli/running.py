"""Who visits the files of a run? This process, a pool of them, or a cluster; and nobody those that are known."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_closures.cli.cache import Cache, key
from flake8_closures.cli.job import STDIN, Job, Mode, Visit, read, recalled
from flake8_closures.rules import all_rules
from flake8_closures.settings import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Executor

FEW_FILES = 32
"""Up to here, starting further processes takes longer than it saves."""
BATCH = 16
"""How many files a process is given at a time."""
YOUNG = 100_000
"""After how many new objects the garbage collector looks: those of about ten files."""
THREADS = 3
"""How many threads an executor may come to need: one sees to the processes, one hands out the work, one is spare."""
FAR_BATCH = 100
"""How many files a worker of a cluster is given at a time: each task costs some milliseconds on the way."""


def visits(
    jobs: Sequence[Job], *, processes: int = 0, cache: Cache | None = None, cluster: str | None = None
) -> Iterator[Visit]:
    """Yield the visits in the order of the jobs.

    `processes` is how many are to be used, 0 for as many as there are processors if there are many files. `cluster` is
    the address of a Dask scheduler. What `cache` knows is not looked at again; what is found is put into it. Raises
    UsageError where there is no such cluster.
    """
    if cache is None:
        yield from _fresh(jobs, processes, cluster)
        return
    known = [None if cache.is_empty else _known(job, cache) for job in jobs]
    fresh = _fresh([job for job, answer in zip(jobs, known, strict=True) if answer is None], processes, cluster)
    try:
        for answer in known:
            result = answer or next(fresh)
            if result.key and result.found is not None:
                cache.put(result.key, result.found)
            yield result
    finally:
        cache.save()


def through(executor: Executor, jobs: Sequence[Job], batch: int) -> Iterator[Visit]:
    """Yield the visits in the order of the jobs, made by any executor that there is.

    Where it loses a batch, because a process died or a worker left for good, each file of it gets a process of its own.
    """
    batches = (jobs[start : start + batch] for start in range(0, len(jobs), batch))
    pending = deque((each, executor.submit(_visit_all, each)) for each in batches)
    try:
        while pending:
            each, future = pending.popleft()  # or all results of the run were kept to its end
            try:
                results = future.result()
            except Exception:
                results = [_visit_apart(job) for job in each]
            yield from results
    finally:
        for _, future in pending:
            future.cancel()


def _known(job: Job, cache: Cache) -> Visit | None:
    """Return the visit of a file whose findings are known, None for another one."""
    if job.place == STDIN or job.mode is Mode.ASK or not os.path.isfile(job.place):  # a pipe can be read only once
        return None
    try:
        data = read(job.place)
        found = cache.get(key(data, job.path, job.config))
        return None if found is None else recalled(job, data, found)
    except (OSError, ValueError):
        return None


def relax() -> None:
    """Let the garbage collector look less often: nearly all that is made for a file goes when the file is done."""
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)


def _fresh(jobs: Sequence[Job], processes: int, cluster: str | None) -> Iterator[Visit]:
    if cluster and jobs:
        yield from _visit_far_away(jobs, cluster)
        return
    processes = min(processes or (_processors() if len(jobs) > FEW_FILES else 1), max(1, len(jobs)))
    if processes == 1:
        yield from map(_visit, jobs)
        return
    with contextlib.ExitStack() as stack:
        pool = _started(processes, stack)
        yield from through(pool, jobs, min(BATCH, len(jobs) // processes + 1)) if pool else map(_visit, jobs)


def _processors() -> int:
    """Return how many processors this process may use, which in a container can be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started(processes: int, stack: contextlib.ExitStack) -> Executor | None:
    """Return a pool that ends with `stack`, None where it cannot be: without semaphores, as on AWS Lambda, or without
    room for more processes, threads or open files.
    """
    with contextlib.suppress(ImportError, NotImplementedError, OSError, RuntimeError):
        return stack.enter_context(_pool(processes))
    return None


@contextlib.contextmanager
def _pool(processes: int) -> Iterator[Executor]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Imported before the processes part, so that not each has to. From Python 3.14 on they only part if they are told.
    from flake8_closures.cli import visit  # noqa: F401

    all_rules()
    _try_threads()
    context = multiprocessing.get_context("fork") if sys.platform == "linux" else None
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)
    try:
        with _undisturbed():
            pool.submit(int)  # starts the processes
    except BaseException:
        for process in multiprocessing.active_children():  # the end of this one would wait for them
            process.terminate()
        raise
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _try_threads() -> None:
    """Raise RuntimeError where there is no room for the threads of an executor: it would wait for them for ever."""
    is_over = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(THREADS):
            thread = threading.Thread(target=is_over.wait)
            thread.start()
            started.append(thread)
    finally:
        is_over.set()
        for thread in started:
            thread.join()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait. In the middle of a fork it would be lost, or heard by a process that is not prepared for it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Prepare a process of the pool: on Ctrl-C the first process ends it, and where that one is killed it ends, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(RuntimeError):  # no room for a thread
        threading.Thread(target=_end_with_parent, daemon=True).start()
    relax()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _visit(job: Job) -> Visit:
    # Imported here because it brings the analysis along: a run over files that are all known does without.
    from flake8_closures.cli.visit import visit

    return visit(job)


def _visit_all(jobs: Iterable[Job]) -> list[Visit]:
    return [_visit(job) for job in jobs]


def _visit_apart(job: Job) -> Visit:
    """Visit a file in a process of its own, which nobody misses; in this one where there is no room for another."""
    with contextlib.ExitStack() as stack:
        pool = _started(1, stack)
        try:
            return pool.submit(_visit_all, [job]).result()[0] if pool else _visit(job)
        except Exception as error:
            result = Visit(job.path)
            result.fail(f"the process that analysed it died ({type(error).__name__})")
            return result


def _visit_far_away(jobs: Sequence[Job], cluster: str) -> Iterator[Visit]:
    """Let the workers of a cluster judge the files, and tell or repair them here: only here they surely are."""
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--dask needs `pip install flake8-closures[dask]`") from None
    try:
        client = Client(cluster, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask: no scheduler at {cluster!r}: {error}") from None
    with client, client.get_executor() as executor:
        sent = [_to_be_sent(job) for job in jobs]
        for job, parcel, result in zip(jobs, sent, through(executor, sent, FAR_BATCH), strict=True):
            found = result.found
            answer = None if found is None or parcel.data is None else recalled(job, parcel.data, found)
            if answer:
                answer.found, answer.key = found, result.key
            yield answer or (result if found is None else _visit(replace(job, data=parcel.data)))


def _to_be_sent(job: Job) -> Job:
    """Return a job for another machine: with the content of the file, and only to be judged."""
    try:
        return replace(job, mode=Mode.REPORT, data=read(job.place))
    except (OSError, ValueError):
        return job
