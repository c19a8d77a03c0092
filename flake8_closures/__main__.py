"""What do `closure-fix` and `python -m flake8_closures` do first? They let Ctrl-C end the program as it is loaded."""

import signal


def run() -> None:
    """Run closure-fix as a program."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:  # it would show in which import Python was
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from flake8_closures import cli

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.run()


if __name__ == "__main__":
    run()
