#!/usr/bin/env python3
"""Runs the configuration conformance kit against target/weft: .ci/config.py PATH/config/load.py [options of load.py]

config-later.txt lists the files that fail because their feature is not built yet. Any other failure fails;
a listed file that passes is named, so that the list shrinks.
"""
import re
import subprocess
import sys

import steps
from lib import proxies


def main():
    later = steps.known("config-later.txt")
    weft = proxies.Weft().program
    out = subprocess.run([sys.executable, sys.argv[1], "--weft", weft, "-v"] + sys.argv[2:], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout
    passed = failed = skipped = expected = 0
    for line in out.splitlines():
        found = re.match(r"(ok|FAIL|should|skip)\s+(?:(?:load|refuse|either)\s+)?(\S+?):?(?:\s|$)(.*)", line)
        if not found:
            continue
        verdict, path, why = found.groups()
        if verdict == "skip":
            skipped += 1
            print(line)
        elif verdict == "ok":
            passed += 1
            if path in later:
                print("now passes, take it from .ci/config-later.txt: %s" % path)
        elif path in later:
            expected += 1
        elif verdict == "should":
            print("should: %s: %s" % (path, why[:300]))
        else:
            failed += 1
            print("FAILED: %s: %s" % (path, why[:300]))
    print("%d files wait for features that come later (.ci/config-later.txt)" % expected)
    if passed + failed + expected == 0:
        print(out)
        failed = 1
    return steps.close(passed, failed, skipped)


if __name__ == "__main__":
    sys.exit(main())
