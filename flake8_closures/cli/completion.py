"""What does a shell need to complete the command line? A script, made from the argument parser.

The command has no subcommands, so three short templates do what a library would; no shell but its own is needed to use
one, and nothing is started when Tab is pressed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

PATHS = ("FILE", "PATH")
"""The metavars that stand for something on disk; any other value is the user's to know."""

BASH = """# bash: source <({program} --completion bash)
_{function}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    case $before in
{cases}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "{flags}" -- "$word"))
    else
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -F _{function} {program}
"""
ZSH = """#compdef {program}
# zsh: put this as _{program} into a directory of $fpath
_arguments -s \\
{lines}
    '*:path:_files'
"""


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script for a shell of SHELLS."""
    actions = [each for each in parser._actions if each.option_strings and each.help is not argparse.SUPPRESS]
    return SHELLS[shell](parser.prog, actions)


def _bash(program: str, actions: Sequence[argparse.Action]) -> str:
    cases = []
    for action in actions:
        values = _choices(action)
        if action.nargs == 0:
            continue
        found = f'-W "{" ".join(values)}"' if values else "-f" if action.metavar in PATHS else '-W ""'
        cases.append(f'        {"|".join(action.option_strings)}) COMPREPLY=($(compgen {found} -- "$word")); return;;')
    flags = " ".join(flag for action in actions for flag in action.option_strings)
    return BASH.format(program=program, function=program.replace("-", "_"), cases="\n".join(cases), flags=flags)


def _zsh(program: str, actions: Sequence[argparse.Action]) -> str:
    lines = []
    for action in actions:
        for flag in action.option_strings:
            line = f"{flag}[{_escaped(_help(action))}]"
            if action.nargs != 0:
                values = _choices(action)
                source = f"({' '.join(values)})" if values else "_files" if action.metavar in PATHS else ""
                line += f":{_escaped(str(action.metavar or action.dest))}:{source}"
            lines.append(f"    '*{line}' \\")
    return ZSH.format(program=program, lines="\n".join(lines))


def _escaped(text: str) -> str:
    """Return a text as it stands in a specification of zsh, between single quotes."""
    return "".join(f"\\{each}" if each in "[]:\\" else each for each in text).replace("'", "'\\''")


def _fish(program: str, actions: Sequence[argparse.Action]) -> str:
    def lines() -> Iterator[str]:
        yield f"# fish: {program} --completion fish | source"
        for action in actions:
            flags = [f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in action.option_strings]
            value = ""
            if action.nargs != 0:
                values = _choices(action)
                value = f" -x -a '{' '.join(values)}'" if values else " -r" if action.metavar in PATHS else " -x"
            description = _help(action).replace("\\", "\\\\").replace("'", "\\'")
            yield f"complete -c {program} {' '.join(flags)}{value} -d '{description}'"

    return "".join(f"{line}\n" for line in lines())


def _choices(action: argparse.Action) -> list[str]:
    return [str(each) for each in action.choices or ()]


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")


SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
