"""What do the methods of the standard library's objects do with a function, or an iterable, that they are given?

The notation is told in the page of this package; the first position is the first argument after the receiver. A class
goes by its own name and by the functions that return its instances. Every line is measured: the tests call each of
these and look.
"""

from __future__ import annotations

from collections.abc import Mapping

CLASSES: Mapping[str, Mapping[str, str]] = {
    "builtins.list": {
        "append": "0 receiver",
        "insert __setitem__": "1 receiver",
        "extend __iadd__": "0 absorbed",
        "sort": "key now",
        "count index remove": "0 now",
    },
    "builtins.dict": {
        "update": "0 absorbed, ** receiver",
        "setdefault": "0 1 receiver",
        "__setitem__": "0 1 receiver",
        "get pop": "0 now, 1 result",
    },
    "builtins.set": {
        "add": "0 receiver",
        "intersection_update update": "0+ absorbed",
        "symmetric_difference_update": "0 absorbed",
        "difference_update": "0+ drained",
        "discard remove": "0 now",
    },
    "builtins.frozenset": {
        "intersection union": "0+ collected",
        "symmetric_difference": "0 collected",
        "difference": "0+ drained",
        "isdisjoint issubset issuperset": "0 drained",
    },
    "builtins.tuple": {"count index": "0 now"},
    "builtins.str": {"join": "0 drained", "format": "0+ ** now"},
    "builtins.bytes": {"join": "0 drained"},
    "builtins.bytearray": {"join extend": "0 drained"},
    "array.array": {"extend": "0 drained"},
    "argparse.ArgumentParser": {"add_argument set_defaults": "** receiver", "register": "2 receiver"},
    "asyncio.AbstractEventLoop asyncio.get_event_loop asyncio.get_running_loop asyncio.new_event_loop": {
        "call_soon call_soon_threadsafe": "0=callback 1+ kept until join loop",
        "call_later call_at": "1=callback 2+ kept until join loop",
        "run_in_executor": "1=func 2+ kept until result",
        "add_reader add_writer": "1=callback 2+ kept",
        "add_signal_handler": "1=callback 2+ kept",
        "create_task": "0=coro kept until result",
        "run_until_complete": "0=future drained",
        "set_exception_handler": "0=handler kept",
        "set_task_factory": "0=factory kept",
        "set_default_executor": "0=executor kept",
        "create_server create_unix_server": "0=protocol_factory kept",
    },
    "asyncio.Runner": {"run": "0=coro drained"},
    "asyncio.TaskGroup": {"create_task": "0=coro kept until result with"},
    "asyncio.Future": {"add_done_callback": "0 receiver until result", "set_result": "0 receiver"},
    "asyncio.Queue": {"put_nowait": "0=item receiver", "put": "0=item receiver"},
    "asyncio.Condition": {"wait_for": "0=predicate result until await"},
    "bdb.Bdb pdb.Pdb": {"runcall": "0 1+ ** now"},
    "concurrent.futures.Executor": {
        "submit": "0 1+ ** kept until result with",
        "map": "0=fn kept until iterated with, 1+ drained",
    },
    "concurrent.futures.Future": {"add_done_callback": "0=fn receiver until result", "set_result": "0=result receiver"},
    "configparser.RawConfigParser": {
        "read": "0=filenames drained",
        "read_file": "0=f drained",
        "read_dict": "0=dictionary now",
    },
    "contextlib.ExitStack": {
        "callback": "0 1+ ** receiver until with",
        "push": "0=exit receiver until with",
        "enter_context": "0=cm receiver until with",
    },
    "contextlib.AsyncExitStack": {
        "push_async_callback": "0 1+ ** receiver until with",
        "push_async_exit": "0=exit receiver until with",
        "enter_async_context": "0=cm receiver until with",
    },
    "contextvars.Context contextvars.copy_context": {"run": "0 1+ ** now"},
    "contextvars.ContextVar": {"set": "0 kept", "get": "0 result"},
    "collections.deque": {
        "append appendleft": "0 receiver",
        "insert": "1 receiver",
        "extend extendleft": "0 absorbed",
        "count index remove": "0 now",
    },
    "collections.Counter": {"update": "0=iterable absorbed", "subtract": "0=iterable drained"},
    "cProfile.Profile profile.Profile": {"runcall": "0=func 1+ ** now"},
    "csv.writer": {"writerow writerows": "0 drained"},
    "ftplib.FTP": {
        "retrbinary retrlines": "1=callback now",
        "storbinary": "3=callback now",
        "storlines": "2=callback now",
    },
    "functools.singledispatch": {"register": "0=cls 1=func receiver"},
    "graphlib.TopologicalSorter": {"add": "0 1+ receiver"},
    "io.StringIO": {"writelines": "0 drained"},
    "io.BytesIO": {"writelines": "0 drained"},
    "logging.Handler logging.StreamHandler": {"addFilter": "0=filter receiver", "setFormatter": "0=fmt receiver"},
    "logging.Logger logging.getLogger": {
        "addFilter": "0=filter receiver",
        "addHandler": "0=hdlr receiver",
        "removeFilter removeHandler": "0 now",
        "debug info warning error exception critical": "0=msg 1+ now",
        "log": "1=msg 2+ now",
    },
    "multiprocessing.Pool multiprocessing.pool.Pool multiprocessing.pool.ThreadPool": {
        "apply": "0=func 1=args 2=kwds now",
        "map starmap": "0=func now, 1=iterable drained",
        "apply_async": "0=func 1=args 2=kwds 3=callback 4=error_callback kept until result with",
        "map_async starmap_async": "1=iterable drained, 0=func 3=callback 4=error_callback kept until result with",
        "imap imap_unordered": "0=func 1=iterable kept until iterated with",
    },
    "multiprocessing.get_context": {
        "Process": "1=target 3=args 4=kwargs result until join",
        "Pool": "1=initializer 2=initargs result until with",
    },
    "optparse.OptionParser": {"add_option": "** receiver"},
    "pathlib.Path": {"walk": "1=on_error iterated"},
    "queue.Queue": {"put put_nowait": "0=item receiver"},
    "re.Pattern re.compile": {"sub subn": "0=repl now"},
    "sched.scheduler": {"enter enterabs": "2=action 3=argument 4=kwargs receiver"},
    "selectors.DefaultSelector": {"register modify": "2=data receiver"},
    "sqlite3.Connection sqlite3.connect": {
        "create_function": "2 receiver",
        "create_aggregate": "2 receiver",
        "create_collation": "1 receiver",
        "set_authorizer": "0 receiver",
        "set_progress_handler": "0 receiver",
        "set_trace_callback": "0 receiver",
        "execute": "1 now",
        "executemany": "1 drained",
        "backup": "progress now",
    },
    "ssl.SSLContext ssl.create_default_context": {
        "set_servername_callback": "0=server_name_callback receiver",
    },
    "tarfile.TarFile tarfile.open": {"add": "filter now", "extractall": "1=members drained, filter now"},
    "threading.Condition": {"wait_for": "0=predicate now"},
    "tkinter.Misc": {
        "after": "1=func 2+ kept until loop",
        "after_idle": "0=func 1+ kept until loop",
        "bind bind_all": "1=func kept",
        "bind_class tag_bind": "2=func kept",
        "protocol": "1=func kept",
        "add_command add_checkbutton add_radiobutton config configure": "** kept",
        "trace_add": "1=callback kept",
    },
    "trace.Trace": {"runfunc": "0=func 1+ ** now"},
    "unittest.TestCase": {
        "assertRaises assertWarns": "1+ ** now",
        "assertRaisesRegex assertWarnsRegex": "2+ ** now",
        "assertEqual assertNotEqual assertIs assertIsNot assertIn assertNotIn assertIsInstance": "0 1 now",
        "assertTrue assertFalse assertIsNone assertIsNotNone": "0 now",
        "assertCountEqual": "0=first 1=second drained",
        "addCleanup": "0 1+ ** receiver",
        "addClassCleanup": "0 1+ ** receiver",
        "addTypeEqualityFunc": "1=function receiver",
        "enterContext": "0=cm receiver",
        "subTest": "** now",
    },
    "unittest.TestSuite": {"addTest": "0=test receiver", "addTests": "0=tests absorbed"},
    "weakref.WeakSet": {"add": "0=item now", "update": "0 drained"},
    "weakref.WeakValueDictionary": {"setdefault": "1=default now"},
    "wsgiref.simple_server.WSGIServer wsgiref.simple_server.make_server": {"set_app": "0=application receiver"},
    "xmlrpc.server.SimpleXMLRPCServer xmlrpc.server.SimpleXMLRPCDispatcher": {
        "register_function": "0=function receiver",
        "register_instance": "0=instance receiver",
    },
    "zipfile.ZipFile": {"extractall": "1=members drained"},
}
"""Methods by class."""

BASES: Mapping[str, str] = {
    "argparse.ArgumentParser": "argparse._ArgumentGroup argparse._SubParsersAction",
    "asyncio.Future": "asyncio.Task asyncio.create_task asyncio.ensure_future",
    "asyncio.Queue": "asyncio.LifoQueue asyncio.PriorityQueue",
    "builtins.dict": "collections.Counter collections.OrderedDict collections.UserDict collections.defaultdict",
    "builtins.frozenset": "builtins.set",
    "builtins.list": "collections.UserList",
    "builtins.str": "collections.UserString",
    "concurrent.futures.Executor": "concurrent.futures.ProcessPoolExecutor concurrent.futures.ThreadPoolExecutor",
    "configparser.RawConfigParser": "configparser.ConfigParser",
    "contextlib.ExitStack": "contextlib.AsyncExitStack",
    "csv.writer": "csv.DictWriter",
    "ftplib.FTP": "ftplib.FTP_TLS",
    "pathlib.Path": "pathlib.PosixPath pathlib.WindowsPath",
    "queue.Queue": "queue.LifoQueue queue.PriorityQueue queue.SimpleQueue",
    "tkinter.Misc": "tkinter.Button tkinter.Canvas tkinter.Entry tkinter.Frame tkinter.IntVar tkinter.Label"
    " tkinter.Listbox tkinter.Menu tkinter.StringVar tkinter.Text tkinter.Tk tkinter.Toplevel tkinter.ttk.Button"
    " tkinter.ttk.Frame tkinter.ttk.Label tkinter.ttk.Treeview",
    "unittest.TestCase": "unittest.IsolatedAsyncioTestCase",
}
"""Classes that have the methods of another, by that other."""
