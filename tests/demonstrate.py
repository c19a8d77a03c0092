"""What does CPython say? A script for each Python: programs on standard input, what their demos gave on the output."""

import contextlib
import io
import json
import sys
import types


def demonstrate(name, text):
    module = types.ModuleType("fixture")
    sys.modules["fixture"] = module
    answer = {"result": None, "raised": None, "error": "", "is_wrong": False, "is_right": False, "states": []}
    try:
        exec(compile(text, name, "exec"), module.__dict__)
        demo = module.demo
    except Exception as error:
        answer.update(raised="no demo", error=f"{type(error).__name__}: {error}")
        return answer
    announced = vars(demo)
    answer["states"] = sorted(announced)
    try:
        result = demo()
    except Exception as error:
        answer.update(raised=type(error).__name__, error=str(error), is_wrong=type(error) is announced.get("raises"))
    else:
        answer["result"] = repr(result)
        answer["is_wrong"] = "wrong" in announced and _same(result, announced["wrong"])
        answer["is_right"] = "right" in announced and _same(result, announced["right"])
    return answer


def _same(one, other):
    return type(one) is type(other) and one == other


if __name__ == "__main__":
    programs = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        answers = {name: demonstrate(name, text) for name, text in programs}
    json.dump(answers, sys.stdout)
