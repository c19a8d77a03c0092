"""Who holds a function weakly, sends it to another process, traces it, or closes what it reads?

Names are full dotted names; `package.*` stands for everything in a module. What the standard library does is measured
by the fixtures of the rules; the others were read in the sources and documents of the libraries.
"""

from __future__ import annotations

from collections.abc import Mapping

WEAK_SIGNALS: Mapping[str, str] = {
    # Objects whose `connect` holds the receiver weakly unless an argument says otherwise: module, then names.
    "django.db.models.signals": "*",
    "django.core.signals": "*",
    "django.test.signals": "*",
    "django.db.backends.signals": "*",
    "django.contrib.auth.signals": "*",
    "django.contrib.auth": "user_logged_in user_logged_out user_login_failed",
    "django_celery_beat.signals": "*",
    "allauth.account.signals": "*",
    "allauth.socialaccount.signals": "*",
    "wagtail.signals": "*",
    "wagtail.core.signals": "*",
    "celery.signals": "*",
    "flask.signals": "*",
    "flask": "appcontext_popped appcontext_pushed appcontext_tearing_down before_render_template"
    " got_request_exception message_flashed request_finished request_started request_tearing_down template_rendered",
    "pelican.signals": "*",
    "quart.signals": "*",
    "flask_login.signals": "*",
    "flask_login": "user_accessed user_loaded_from_cookie user_logged_in user_logged_out user_login_confirmed"
    " user_needs_refresh user_unauthorized",
    "flask_security.signals": "*",
    "mongoengine.signals": "*",
}
SIGNAL_MAKERS = {
    *("django.dispatch.Signal", "django.dispatch.dispatcher.Signal", "django.db.models.signals.ModelSignal"),
    *("celery.utils.dispatch.Signal", "celery.utils.dispatch.signal.Signal"),
    *("blinker.Signal", "blinker.signal", "blinker.NamedSignal", "blinker.base.Signal", "blinker.base.signal"),
}
"""What returns such an object."""
NAMESPACES = {"blinker.Namespace", "blinker.base.Namespace"}
"""What returns an object whose method `signal` returns one."""
WEAK_DISPATCHERS: Mapping[str, int] = {
    "pydispatch.dispatcher.connect": 3,
    "louie.connect": 3,
    "louie.dispatcher.connect": 3,
    "scrapy.xlib.pydispatch.dispatcher.connect": 3,
}
"""Functions that connect, holding the receiver weakly, and the position of the argument that says whether."""
ALWAYS_WEAK = {"pubsub.pub.subscribe", "wx.lib.pubsub.pub.subscribe"}
"""Functions that subscribe a listener, and hold it weakly whatever the arguments are."""
RECEIVER_DECORATORS = {"django.dispatch.receiver", "django.dispatch.dispatcher.receiver"}
"""Decorators that connect what stands below them, weakly unless an argument says otherwise."""
SIGNALS_OF_ARGUMENTS = {"scrapy.signals"}
"""Modules whose names are given to `connect` of an object that holds receivers weakly."""
FRAMEWORKS_OF_WEAK_SIGNALS = ("django", "celery", "blinker", "flask", "wagtail", "rest_framework")
"""A module named `signals`, in a file that imports one of these, has such objects."""
WEAK_CONTAINERS: Mapping[str, Mapping[str, int]] = {
    # Which argument of a method is held weakly; under `[]`, whether it is the key or the value.
    "weakref.WeakSet": {"add": 0},
    "weakref.WeakValueDictionary": {"setdefault": 1, "[]": 1},
    "weakref.WeakKeyDictionary": {"setdefault": 0, "[]": 0},
}
WEAK_REFERENCES = {"weakref.ref", "weakref.ReferenceType"}
"""What only refers to its argument."""

EMITTERS = frozenset(
    "connect subscribe bind observe on once attach listen watch add_listener add_observer add_callback addListener "
    "register_callback on_trait_change mpl_connect".split()
)
"""Methods by which a function is given to an object that calls it again and again."""

PROCESS_POOLS: Mapping[str, str] = {
    # What pickles the functions it is given, by what returns it: the kind of its methods.
    "multiprocessing.Pool": "pool",
    "multiprocessing.pool.Pool": "pool",
    "torch.multiprocessing.Pool": "pool",
    "billiard.Pool": "pool",
    "billiard.pool.Pool": "pool",
    "concurrent.futures.ProcessPoolExecutor": "executor",
    "concurrent.futures.process.ProcessPoolExecutor": "executor",
}
PICKLED: Mapping[str, Mapping[str, str]] = {
    # The arguments that are pickled, by kind and method: positions and keywords; `+` for all from there on.
    "pool": {
        "apply": "0=func 1=args 2=kwds",
        "apply_async": "0=func 1=args 2=kwds",
        "map": "0=func",
        "map_async": "0=func",
        "imap": "0=func",
        "imap_unordered": "0=func",
        "starmap": "0=func",
        "starmap_async": "0=func",
    },
    "executor": {"submit": "0+ **", "map": "0=fn"},
}
INITIALIZERS: Mapping[str, str] = {"pool": "1=initializer 2=initargs", "executor": "2=initializer 3=initargs"}
"""The arguments of the constructor that are pickled for a spawned process, and handed to a forked one as they are."""
PICKLING: Mapping[str, str] = {
    # The same for functions.
    "torch.multiprocessing.spawn": "0=fn 1=args",
    "tqdm.contrib.concurrent.process_map": "0=fn",
    "pickle.dumps": "0=obj",
    "pickle.dump": "0=obj",
}
PROCESSES = {"multiprocessing.Process", "torch.multiprocessing.Process", "billiard.Process"}
"""Started by `fork` or `spawn`, as the platform or the program says; only a spawned one pickles its target."""
SPAWNED = {"multiprocessing.context.SpawnProcess", "multiprocessing.context.ForkServerProcess"}
TARGETS = "1=target 3=args 4=kwargs"
"""The arguments of these that are pickled for a spawned process."""
START_METHODS = {"spawn", "forkserver"}
"""The start methods that pickle."""

RESOURCES: Mapping[str, str] = {
    # What a `with` statement closes at its end, by what opens it: its kind.
    "builtins.open io.open codecs.open gzip.open bz2.open lzma.open os.fdopen tokenize.open": "file",
    "gzip.GzipFile bz2.BZ2File lzma.LZMAFile io.FileIO io.StringIO io.BytesIO io.open_code os.popen": "file",
    "io.TextIOWrapper io.BufferedReader io.BufferedWriter io.BufferedRandom": "file",
    "tempfile.TemporaryFile tempfile.NamedTemporaryFile tempfile.SpooledTemporaryFile": "file",
    "urllib.request.urlopen fsspec.open smart_open.open smart_open.smart_open": "file",
    "zipfile.ZipFile": "zip",
    "tempfile.TemporaryDirectory": "folder",
    "tarfile.open tarfile.TarFile": "tar",
    "os.scandir": "scan",
    "shelve.open dbm.open dbm.dumb.open h5py.File netCDF4.Dataset pandas.HDFStore mmap.mmap": "store",
    "socket.socket socket.create_connection": "socket",
    "psycopg.connect psycopg.Connection.connect duckdb.connect": "connection",
    "asyncio.TaskGroup anyio.create_task_group trio.open_nursery": "tasks",
    "asyncio.Runner": "runner",
    "selectors.DefaultSelector selectors.SelectSelector": "selector",
    "builtins.memoryview": "memory",
    "multiprocessing.Pool multiprocessing.pool.Pool": "pool",
    "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor": "executor",
    "httpx.Client httpx.AsyncClient aiohttp.ClientSession": "client",
    "requests.get requests.post requests.request httpx.stream": "response",
}
FOLDER = "folder"
"""The kind whose resource is a path."""
MAKING_PATHS = {"os.path.join", "os.path.abspath", "os.fspath", "pathlib.Path", "pathlib.PurePath", "builtins.str"}
"""Functions that make a path of another one."""
OPENERS: Mapping[str, str] = {"open": "file", "cursor": "cursor"}
"""The same by the name of a method of an unknown object."""
CLOSED_BY: Mapping[str, str] = {"sqlite3.connect": "connection", "urllib.request.urlopen": "file"}
"""The same for what is given to `contextlib.closing`."""
CLOSING = {"contextlib.closing", "contextlib.aclosing"}
STACKS = {"contextlib.ExitStack", "contextlib.AsyncExitStack"}
ENTERS = {"enter_context", "enter_async_context"}
"""Their methods that return what is closed with them."""

FAILING: Mapping[str, frozenset[str]] = {
    # What cannot be done any more, by kind: methods, `for` (to iterate over it), `[]`, `call` (to hand it to a call).
    "file": frozenset(
        "for call read readline readlines read1 readinto write writelines seek tell truncate peek flush getvalue "
        "getbuffer".split()
    ),
    "zip": frozenset("read open extract extractall testzip write writestr".split()),
    "tar": frozenset("for extract extractall extractfile add addfile next list getmember getmembers getnames".split()),
    "scan": frozenset("for call".split()),
    "store": frozenset("[] get keys items values read write flush create_dataset select append put".split()),
    "socket": frozenset("send sendall recv recv_into recvfrom sendto accept makefile".split()),
    "connection": frozenset("execute executemany executescript cursor commit rollback iterdump backup sql".split()),
    "cursor": frozenset("for execute executemany fetchone fetchall fetchmany".split()),
    "tasks": frozenset("create_task start_soon start".split()),
    "runner": frozenset(("run",)),
    "selector": frozenset("select register unregister modify".split()),
    "memory": frozenset("[] for call tobytes tolist cast hex".split()),
    "pool": frozenset("apply apply_async map map_async imap imap_unordered starmap starmap_async".split()),
    "executor": frozenset("submit map".split()),
    "client": frozenset("get post put patch delete head options request send stream ws_connect".split()),
    "response": frozenset("iter_lines iter_content iter_bytes iter_text iter_raw".split()),
    "folder": frozenset(
        "builtins.open io.open os.open os.listdir os.scandir os.stat os.mkdir os.chdir os.remove os.rename os.utime "
        "open read_text read_bytes write_text write_bytes iterdir touch stat unlink".split()
    ),
}
LAZY: Mapping[str, frozenset[str]] = {
    # The methods whose result draws from it later, and `self` where it is a lazy iterator itself.
    "file": frozenset(["self"]),
    "tar": frozenset(["self"]),
    "scan": frozenset(["self"]),
    "connection": frozenset("execute iterdump".split()),
    "cursor": frozenset(["self"]),
    "pool": frozenset("imap imap_unordered".split()),
    "response": frozenset("iter_lines iter_content iter_bytes iter_text iter_raw".split()),
}
CHAINING = "itertools.chain.from_iterable"
"""What draws later from the items of its argument."""

SHIPPING_DECORATORS: Mapping[str, str] = {
    # What replaces the function below it and sends the function itself to other processes, by value: the system.
    "ray.remote": "ray",
    "dask.delayed": "dask",
    "dask.delayed.delayed": "dask",
    "pyspark.sql.functions.udf": "spark",
    "pyspark.sql.functions.pandas_udf": "spark",
}
SHIPPING: Mapping[str, str] = {
    # The same for functions that are called with one: those of a module travel as their names.
    "ray.remote": "ray",
    "dask.delayed": "dask",
    "dask.delayed.delayed": "dask",
    "joblib.delayed": "joblib",
    "joblib.parallel.delayed": "joblib",
    "sklearn.utils.parallel.delayed": "joblib",
    "pyspark.sql.functions.udf": "spark",
    "pyspark.sql.functions.pandas_udf": "spark",
    "cloudpickle.dumps": "cloudpickle",
    "cloudpickle.dump": "cloudpickle",
}
PARALLEL = {"joblib.Parallel", "joblib.parallel.Parallel", "sklearn.utils.parallel.Parallel"}
"""What runs the jobs of joblib: one by one, unless an argument says how many at a time."""
IN_THREADS = {"threading", "threads", "sharedmem", "sequential"}
"""Words that tell it to stay in one process."""
SHIPPING_METHODS: Mapping[str, str] = {
    # The same for methods of what a package makes.
    "pyspark": "map flatMap filter foreach foreachPartition mapPartitions mapPartitionsWithIndex mapValues "
    "flatMapValues reduce reduceByKey fold aggregate aggregateByKey combineByKey keyBy groupBy sortBy "
    "applyInPandas mapInPandas mapInArrow",
    "dask": "submit map map_partitions map_blocks map_overlap filter fold reduction apply",
    "distributed": "submit map",
    "ray": "map map_batches flat_map filter add_column",
}
SPARK_ALONE = frozenset("flatMap foreachPartition mapPartitions mapPartitionsWithIndex reduceByKey mapInPandas".split())
"""Methods that no other library has under these names."""
OF_SPARK = frozenset("parallelize textFile wholeTextFiles binaryFiles sparkContext rdd".split())
"""Methods and attributes by which an object is known to be one of Spark, or to come from one."""
SYSTEMS = {"pyspark": "spark", "dask": "dask", "distributed": "dask", "ray": "ray"}
ELSEWHERE: Mapping[str, str] = {
    # How each system wants large data to be handed over.
    "ray": "hand over `ray.put({name})`",
    "dask": "hand over `client.scatter({name})`",
    "spark": "hand over `sc.broadcast({name})`",
    "joblib": "pass it as an argument, which is memory-mapped",
}
RAY_REFUSES = 10**8
"""Bytes from which on Ray refuses a function (`FUNCTION_SIZE_ERROR_THRESHOLD` in its constants)."""

TRACING = {
    *("jax.jit", "jax.pmap", "jax.api.jit", "equinox.filter_jit", "equinox.filter_pmap", "flax.nnx.jit"),
    *("tensorflow.function", "tensorflow.compat.v2.function"),
}
"""What runs a function once, and keeps the arrays that it captured as constants of the compiled program."""
TRACED_BYTES = 16_000_000
"""From here on a captured array is reported by default: what JAX itself first proposed to warn of."""
NEVER_EMBEDDED = frozenset("shape dtype ndim size nbytes itemsize".split())
"""Attributes of an array that are read while tracing, and leave nothing of it in the program."""
STATE_METHODS = ("__getstate__", "__reduce__", "__reduce_ex__")
"""Methods by which a class says itself what is pickled of it."""
