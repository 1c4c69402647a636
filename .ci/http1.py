#!/usr/bin/env python3
"""Runs the HTTP/1 conformance kit against target/weft: .ci/http1.py PATH/http1/run.py [options of run.py]

A failed "must" case fails, unless http1-known.txt names it with the section of the RFC it contradicts.
A failed "should" case fails unless http1-known.txt gives the reason. Known cases that pass are named.
"""
import json
import os
import subprocess
import sys
import tempfile

import steps
from lib import processes, proxies


def main():
    known = steps.known("http1-known.txt")
    port, admin_port, upstream_port = processes.free_ports(3)
    with tempfile.TemporaryDirectory(prefix="weft-http1-") as work:
        weft = proxies.Weft(defaults="edge").start(
            work, None, upstream_port, port, None, concurrency=0, admin_port=admin_port, upstream_timeout="3s", headers_timeout="5s")
        results = os.path.join(work, "results.json")
        try:
            subprocess.run([sys.executable, sys.argv[1], "--port", str(port), "--upstream-port", str(upstream_port), "--json", results] + sys.argv[2:],
                           stdin=subprocess.DEVNULL, check=False)
            survived = weft.alive()
        finally:
            status = weft.stop(seconds=60)
        if not os.path.exists(results):
            print("the kit wrote no results; Weft said: " + weft.said())
            return steps.close(0, 1)
        with open(results) as f:
            rows = json.load(f)
    passed = failed = 0
    for row in rows:
        reason = known.get(row["id"])
        if row["pass"]:
            passed += 1
            if reason:
                print("now passes, take it from .ci/http1-known.txt: %s" % row["id"])
        elif reason and (row["failed_as"] == "should" or reason.startswith("RFC ")):
            print("known: %s (%s)" % (row["id"], reason))
        else:
            failed += 1
            print("FAILED (%s): %s: %s" % (row["failed_as"], row["id"], "; ".join(row["why"])[:300]))
    if not survived or status != 0:
        failed += 1
        print("FAILED: Weft ended with status %s: %s" % (status, weft.said()))
    return steps.close(passed, failed)


if __name__ == "__main__":
    sys.exit(main())
