"""What do `closure-fix` and `python -m flake8_closures` do first and last? They let Ctrl-C end the program quietly."""

import signal


def run() -> None:
    """Run closure-fix as a program.

    While modules are imported, and after the run, Ctrl-C is left to the system: Python would print a traceback of the
    import, or of a second Ctrl-C that came while the worker processes were ending.
    """
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from flake8_closures import cli

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli.run()
    finally:
        if is_heard:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    run()
