#!/usr/bin/env python3
"""Runs the route table conformance kit against target/weft: .ci/routes.py PATH/routes/run.sh

Every case has to pass: nothing waits for a later feature.
"""
import re
import subprocess
import sys

import steps
from lib import proxies


def main():
    out = subprocess.run([sys.argv[1], proxies.Weft().program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout
    print(out, end="")
    found = re.search(r"^(\d+) passed, (\d+) failed$", out, re.MULTILINE)
    return steps.close(int(found.group(1)), int(found.group(2))) if found else steps.close(0, 1)


if __name__ == "__main__":
    sys.exit(main())
