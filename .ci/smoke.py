#!/usr/bin/env python3
"""Serves the sample configuration on free ports and runs loadtest/smoke.js against it."""
import os
import re
import subprocess
import sys
import tempfile

import steps
from lib import processes, proxies

ROOT = os.path.dirname(steps.HERE)
SAMPLE = ("10000", "10001", "10011", "10012", "9901")


def copy_with(ports, source, target):
    """The sample with other ports, so that a running Weft is not in the way."""
    for folder, _, names in os.walk(source):
        where = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(where, exist_ok=True)
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                text = re.sub(r"\b(%s)\b" % "|".join(ports), lambda m: str(ports[m[1]]), f.read())
            with open(os.path.join(where, name), "w", encoding="utf-8") as f:
                f.write(text)


def main():
    ports = dict(zip(SAMPLE, processes.free_ports(len(SAMPLE))))
    with tempfile.TemporaryDirectory(prefix="weft-smoke-") as work:
        config = os.path.join(work, "config")
        copy_with(ports, os.path.join(ROOT, "config"), config)
        weft = processes.Process("weft", [proxies.Weft().program, "run", "--config", config], log=os.path.join(work, "log"))
        try:
            weft.wait_for(ports["10000"], 30)
            weft.wait_for(ports["9901"], 30)
            at = lambda port: "http://127.0.0.1:%d" % ports[port]  # noqa: E731
            env = dict(os.environ, TARGET=at("10000"), TCP_TARGET=at("10001"), ADMIN_TARGET=at("9901"))
            k6 = subprocess.run([os.path.join(ROOT, "loadtest", "load"), "smoke"], env=env, stdin=subprocess.DEVNULL, check=False).returncode
        except RuntimeError as e:
            print(e)
            k6 = 1
        finally:
            status = weft.stop(seconds=60)
        if k6 != 0 or status != 0:
            print("k6 ended with %s, Weft with %s: %s" % (k6, status, weft.said()))
            return steps.close(0, 1)
    return steps.close(1, 0)


if __name__ == "__main__":
    sys.exit(main())
