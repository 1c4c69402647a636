#!/usr/bin/env python3
"""testssl.sh against target/weft: .ci/testssl.py PROGRAM

Protocols, kinds of suites, forward secrecy and every vulnerability it knows, with both engines. A finding of severity
MEDIUM or worse fails, but for what it says of the certificate, which is made here and signs itself.
"""
import json
import os
import subprocess
import sys
import tempfile

import steps
from lib import processes, proxies

GRAVE = {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}


def findings(program, port, work, engine):
    """[(severity, id, text)] of what was asked; testssl's own status tells only that it ran."""
    out = os.path.join(work, "%s.json" % engine)
    subprocess.run([program, "--color", "0", "--warnings", "off", "--quiet", "--jsonfile", out, "-p", "-s", "-f", "-U",
                    "127.0.0.1:%d" % port], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=240, check=False)
    with open(out, encoding="utf-8", errors="replace") as f:
        return [(each["severity"], each["id"], each["finding"]) for each in json.load(f)]


def main():
    passed = failed = 0
    for engine in ("boringssl", "jdk"):
        port, unused = processes.free_ports(2)
        with tempfile.TemporaryDirectory(prefix="weft-testssl-") as work:
            weft = proxies.Weft(defaults="edge").start(work, None, unused, port, None, engine=engine, concurrency=0,
                                                       tls=proxies.certificate(work))
            try:
                found = findings(sys.argv[1], port, work, engine)
            finally:
                weft.stop(seconds=60)
        if not any(name == "TLS1_3" for _, name, _ in found):
            failed += 1
            print("FAILED: %s: testssl tested no protocol: %s" % (engine, found[-3:]))
        for severity, name, text in found:
            if severity in GRAVE:
                failed += 1
                print("FAILED: %s: %s %s: %s" % (engine, severity, name, text))
            else:
                passed += 1
    return steps.close(passed, failed)


if __name__ == "__main__":
    sys.exit(main())
