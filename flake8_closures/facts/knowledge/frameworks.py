"""What do toolkits for windows, the web, tasks and events do with a function that they are given?

The notation is told in the page of this package. These lines were read in the sources and documents of the libraries.
"""

from __future__ import annotations

from collections.abc import Mapping

_KEPT = "0+ ** kept"
_RESULT = "0+ ** result"

CALLABLES: Mapping[str, Mapping[str, str]] = {
    # Windows.
    "PySide6.QtCore": {"QTimer": "** kept"},
    "PySide6.QtCore.QTimer": {"singleShot": "1+ kept until loop"},
    "PySide6.QtCore.QMetaObject": {"invokeMethod": "0+ kept"},
    "PySide6.QtGui": {"QAction QShortcut": _KEPT},
    "PySide6.QtWidgets": {"QAction QShortcut": _KEPT, "*": "** kept"},
    "gi.repository.GLib": {
        "idle_add": _KEPT,
        "timeout_add timeout_add_seconds io_add_watch child_watch_add unix_signal_add": "1+ ** kept",
    },
    "gi.repository.GObject": {"idle_add": _KEPT, "timeout_add timeout_add_seconds": "1+ ** kept"},
    "wx": {"CallAfter": "0+ ** kept until loop", "CallLater FutureCall": "1+ ** kept until loop"},
    "kivy.clock.Clock": {"create_trigger schedule_interval schedule_once": "0=callback kept"},
    "kivy.clock": {"mainthread": "0 result"},
    "kivy.properties": {"AliasProperty": _RESULT},
    "pyglet.clock": {"schedule": "0 kept", "schedule_interval schedule_once": "0=func kept"},
    "ipywidgets": {"interact interact_manual": "0 kept", "interactive interactive_output": "0=f result"},
    "IPython.display": {"display": "0+ now"},
    "panel": {"bind depends": "0 1+ ** result"},
    "prompt_toolkit.filters": {"Condition": "0=func result"},
    "keyboard": {"add_hotkey hook on_press on_release": _KEPT},
    "pynput.keyboard": {"Listener": "** result until join with", "GlobalHotKeys": "0 result until join with"},
    "pynput.mouse": {"Listener": "** result until join with"},
    # Tasks.
    "trio": {"run": "0=async_fn 1+ now"},
    "trio.to_thread": {"run_sync": "0=sync_fn 1+ result until await"},
    "trio.from_thread": {"run": "0=afn 1+ now", "run_sync": "0=fn 1+ now"},
    "trio.lowlevel": {"spawn_system_task": "0=async_fn 1+ kept"},
    "anyio": {"run": "0=func 1+ now"},
    "anyio.to_thread": {"run_sync": "0=func 1+ result until await"},
    "anyio.from_thread": {"run run_sync": "0=func 1+ now"},
    "asgiref.sync": {"async_to_sync sync_to_async": "0 result"},
    "gevent": {
        "spawn": "0+ ** kept until join result",
        "spawn_later": "1+ ** kept until join result",
        "joinall": "0 drained",
    },
    "eventlet": {"spawn spawn_n": _KEPT, "spawn_after": "1+ ** kept"},
    "twisted.internet.reactor": {
        "callFromThread callInThread callWhenRunning": _KEPT,
        "callLater": "1+ ** kept",
        "addSystemEventTrigger": "2+ ** kept",
    },
    "twisted.internet.defer": {
        "maybeDeferred": "0+ ** now",
        "DeferredList gatherResults": "0 result until await",
        "ensureDeferred": "0=coro kept until await",
    },
    "twisted.internet.task": {"LoopingCall": _RESULT, "deferLater": "2+ ** kept until await", "react": "0=main now"},
    "twisted.internet.threads": {
        "deferToThread": "0+ ** kept until await",
        "deferToThreadPool": "2+ ** kept until await",
        "blockingCallFromThread": "1+ ** now",
    },
    "tornado.ioloop": {"PeriodicCallback": "0=callback result"},
    "luigi": {"build": "0 drained"},
    "invoke": {"Task": "0=body result"},
    # The web.
    "flask": {
        "after_this_request": "0 kept",
        "copy_current_request_context": "0 result",
        "stream_with_context": "0 iterated",
        "Response": "0=response result",
    },
    "starlette.applications": {"Starlette": "** result"},
    "starlette.background": {"BackgroundTask": _RESULT},
    "starlette.concurrency": {
        "run_in_threadpool": "0=func 1+ ** result until await",
        "iterate_in_threadpool": "0=iterator iterated",
    },
    "starlette.responses": {"StreamingResponse": "0=content ** result"},
    "starlette.routing": {"Host Mount Route WebSocketRoute": _RESULT},
    "fastapi": {"Depends Security": "0=dependency result", "FastAPI APIRouter": "** result"},
    "aiohttp.web": {"delete get head options patch post put view": "1=handler result", "route": "2=handler result"},
    "bottle": {"Bottle": "** result"},
    "django.urls": {"path re_path": "1=view result", "include": "0 result"},
    "django.conf.urls": {"url": "1=view result"},
    "django.core.cache.cache": {"get_or_set": "1=default now"},
    "django.db.migrations": {"RunPython": _RESULT},
    "django.db.models": {"*": "0+ ** result"},
    "django.db.transaction": {"on_commit": "0=func kept"},
    "django.forms": {"*": "** result"},
    "django.utils.functional": {"SimpleLazyObject lazy lazystr": "0 result"},
    "django.utils.html": {"format_html_join": "2=args_generator drained", "format_html": "0+ ** now"},
    "rest_framework.serializers": {"*": "** result"},
    "sqlalchemy": {
        "and_ or_ not_ select": "0+ result",
        "Column ForeignKey": "0+ ** result",
        "create_engine": "** result",
    },
    "sqlalchemy.event": {"listen": "2=fn kept", "remove": "2 now"},
    "sqlalchemy.orm": {"backref column_property mapped_column relationship sessionmaker": "0+ ** result"},
    "graphene": {"*": "** result"},
    "scrapy": {"Request": "1=callback errback result"},
    "scrapy.Request": {"*": "1=callback errback result"},
    "requests": {"get post put patch delete head options request": "** now"},
    "responses": {"add_callback": "2=callback kept"},
    "jinja2": {"Environment": "** result"},
    # Command lines, jobs, events.
    "click": {
        "argument option": "** result",
        "Argument Command Context Group Option": "** result",
        "prompt": "value_proc now",
        "make_pass_decorator": "** result",
        "echo": "0 now",
        "progressbar": "0=iterable iterated",
    },
    "typer": {"Argument Option": "0 ** result", "Typer": "** result", "run": "0=function now"},
    "fire": {"Fire": "0=component now"},
    "airflow.operators.python": {"*": "** kept"},
    "airflow": {"DAG": "** result"},
    "celery": {"chain chord group": "0 collected, 0+ result"},
    "blinker": {"signal": "0 now"},
    "rx.operators": {"*": _RESULT},
    "telegram.ext": {"*": _RESULT},
    "docutils.parsers.rst.directives": {"register_directive": "1=directive kept"},
    "docutils.parsers.rst.roles": {"register_local_role register_canonical_role": "1=role_fn kept"},
    "traitlets": {"observe default validate": "0+ result", "*": "0+ ** result"},
}
"""Functions and classes by module."""

CLASSES: Mapping[str, Mapping[str, str]] = {
    "PySide6.QtCore.QTimer": {"singleShot": "1+ kept until loop"},
    "PySide6.QtWidgets.QMenu": {"addAction": "0+ ** receiver", "addMenu": "0+ receiver"},
    "trio.Nursery trio.open_nursery": {"start_soon start": "0=async_fn 1+ kept until with"},
    "anyio.create_task_group": {"start_soon start": "0=func 1+ kept until with"},
    "anyio.from_thread.start_blocking_portal": {
        "call": "0=func 1+ now",
        "start_task_soon": "0=func 1+ kept until result with",
    },
    "aiojobs.create_scheduler": {"spawn": "0=coro kept until with"},
    "twisted.internet.defer.Deferred": {"addBoth addCallback addCallbacks addErrback": "0+ ** receiver until await"},
    "gevent.pool.Pool": {
        "map": "0 now, 1 drained",
        "imap imap_unordered": "0 1+ iterated",
        "spawn": "0+ ** kept until join result",
        "apply": "0 1 2 now",
    },
    "flask.Flask": {
        "add_url_rule": "2=view_func receiver",
        "after_request before_request context_processor teardown_appcontext teardown_request": "0=f receiver",
        "add_template_filter add_template_global add_template_test": "0=f receiver",
        "register_error_handler": "1=f receiver",
    },
    "starlette.applications.Starlette": {
        "add_event_handler": "1=func receiver",
        "add_exception_handler": "1=handler receiver",
        "add_middleware": "0 ** receiver",
        "add_route add_websocket_route": "1=route receiver",
        "add_api_route": "1=endpoint receiver, ** receiver",
        "add_task": "0=func 1+ ** receiver",
    },
    "aiohttp.web.Application": {"add_routes": "0=routes absorbed"},
    "typer.Typer": {"command callback": "** receiver", "add_typer": "0 receiver"},
    "prompt_toolkit.key_binding.KeyBindings": {"add": "filter receiver"},
    "apscheduler.schedulers.background.BackgroundScheduler": {
        "add_job": "0=func args kwargs receiver",
        "add_listener": "0 receiver",
    },
    "blinker.Signal blinker.signal": {"connect": "0=receiver kept"},
    "django.dispatch.Signal": {"connect": "0=receiver kept"},
    "click.testing.CliRunner typer.testing.CliRunner": {"invoke": "0 1+ ** now"},
}
"""Methods by class."""

DECORATORS: Mapping[str, Mapping[str, str]] = {
    "aiohttp.web": {"middleware": "0 result"},
    "airflow.decorators": {"*": "0 kept"},
    "asgiref.sync": {"*": "0 result"},
    "atexit": {"register": "0 kept"},
    "bottle": {"delete get hook post put route error": "0 kept"},
    "celery": {"shared_task task": "0 kept"},
    "cherrypy": {"expose": "0 result"},
    "click": {
        "command group": "0 result",
        "argument option confirmation_option help_option password_option version_option": "0 result",
        "make_pass_decorator pass_context pass_obj": "0 result",
    },
    "django.contrib.admin": {"action display": "0 result", "register": "0 kept"},
    "django.contrib.auth.decorators": {"*": "0 result"},
    "django.db.transaction": {"atomic non_atomic_requests": "0 result"},
    "django.dispatch": {"receiver": "0 kept"},
    "django.test": {"modify_settings override_settings tag": "0 result"},
    "django.utils.decorators": {"*": "0 result"},
    "django.utils.functional": {"cached_property classproperty keep_lazy keep_lazy_text": "0 result"},
    "django.views.decorators.cache": {"*": "0 result"},
    "django.views.decorators.csrf": {"*": "0 result"},
    "django.views.decorators.http": {"*": "0 result"},
    "fabric": {"task": "0 result"},
    "invoke": {"task": "0 result"},
    "IPython.core.magic": {"*": "0 kept"},
    "jinja2": {"pass_context pass_environment pass_eval_context": "0 result"},
    "kopf.on": {"*": "0 kept"},
    "nox": {"session": "0 kept"},
    "prefect": {"flow task": "0 result"},
    "prompt_toolkit.key_binding.key_bindings": {"key_binding": "0 result"},
    "pyramid.view": {"*": "0 result"},
    "PySide6.QtCore": {"Slot": "0 result", "Property": "0 result"},
    "rest_framework.decorators": {"*": "0 result"},
    "sqlalchemy.event": {"listens_for": "0 kept"},
    "sqlalchemy.ext.compiler": {"compiles": "0 kept"},
    "sqlalchemy.ext.hybrid": {"hybrid_method hybrid_property": "0 result"},
    "sqlalchemy.orm": {"declared_attr reconstructor validates": "0 result"},
    "streamlit": {"cache cache_data cache_resource": "0 result", "dialog fragment": "0 result"},
    "textual": {"on": "0 result", "work": "0 result"},
    "tornado.gen": {"coroutine": "0 result"},
    "traitlets": {"default observe observe_compat validate": "0 result"},
    "twisted.internet.defer": {"inlineCallbacks": "0 result"},
    "zope.interface": {"implementer provider": "0 result"},
}
"""Decorators by module; `*` stands for all that are not named."""

BASES: Mapping[str, str] = {
    "flask.Flask": "flask.Blueprint",
    "starlette.applications.Starlette": "fastapi.APIRouter fastapi.BackgroundTasks fastapi.FastAPI"
    " starlette.background.BackgroundTasks starlette.routing.Router",
    "apscheduler.schedulers.background.BackgroundScheduler": "apscheduler.schedulers.asyncio.AsyncIOScheduler"
    " apscheduler.schedulers.blocking.BlockingScheduler",
    "asyncio.AbstractEventLoop": "uvloop.new_event_loop",
}
"""Classes that have the methods of another, by that other."""

ALIASES: Mapping[str, str] = {
    "PySide6": "PyQt4 PyQt5 PyQt6 PySide PySide2 pyqtgraph.Qt qtpy Qt AnyQt qgis.PyQt aqt.qt silx.gui.qt",
    "PySide6.QtCore.Slot": "PyQt4.QtCore.pyqtSlot PyQt5.QtCore.pyqtSlot PyQt6.QtCore.pyqtSlot",
    "PySide6.QtCore.Property": "PyQt5.QtCore.pyqtProperty PyQt6.QtCore.pyqtProperty",
    "asyncio.run": "uvloop.run",
    "starlette.responses": "fastapi.responses",
    "starlette.concurrency": "fastapi.concurrency",
    "starlette.routing": "fastapi.routing",
    "django.db.models": "django.db.models.fields",
    "django.urls.re_path": "django.conf.urls.re_path",
    "rx.operators": "reactivex.operators",
    "airflow.operators.python": "airflow.operators.python_operator airflow.providers.standard.operators.python",
    "apscheduler.schedulers.background": "apscheduler.schedulers.gevent apscheduler.schedulers.tornado",
}
"""Other names of the same things."""
