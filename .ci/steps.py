"""What the steps of .ci/run share: lists of known failures, the closing line, Weft on free ports."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "loadtest"))


def known(name):
    """{case: reason} of a list in this directory: a line each, `case  reason`, # begins a comment."""
    cases = {}
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#")[0].rstrip()
            if not line:
                continue
            case, _, reason = line.partition(" ")
            if not reason.strip():
                sys.exit("%s:%d: %s has no reason" % (name, number, case))
            cases[case] = reason.strip()
    return cases


def close(passed, failed, skipped=0):
    """Prints the line that .ci/run reads and returns the exit status."""
    print("CI: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0
