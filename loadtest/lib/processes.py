"""Processes: started pinned to cores, ended by their id, measured through /proc."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """A tool that is not there and could not be installed."""


def need(tool, package=None):
    """The path of a tool, installed from Debian when missing and root; Missing otherwise."""
    found = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not found and package and shutil.which("apt-get") and os.geteuid() == 0:
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        found = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise Missing("%s is not on PATH (Debian package %s)" % (tool, package or tool))
    return found


def free_ports(count):
    """Ports of the loopback address that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def hear_interrupts():
    """A background job of a shell ignores SIGINT, and hands that on to what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Process:
    """A running program, its children with it."""

    def __init__(self, name, command, cores=None, log=None, env=None):
        self.name, self.command = name, command
        if cores is not None and sys.platform == "linux":
            command = ["taskset", "-c", ",".join(map(str, cores))] + command
        self.log = open(log, "wb") if log else subprocess.DEVNULL
        self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
                                      env=dict(os.environ, **(env or {})), preexec_fn=hear_interrupts)
        self.pid = self.popen.pid

    def tree(self):
        """The ids of this process and all below it."""
        pids, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            pids.append(pid)
            try:
                for task in os.listdir("/proc/%d/task" % pid):
                    with open("/proc/%d/task/%s/children" % (pid, task)) as f:
                        todo.extend(int(c) for c in f.read().split())
            except OSError:
                pass  # ended meanwhile
        return pids

    def cpu(self):
        """(user, kernel) seconds spent so far, ended threads and waited-for children included."""
        user = kernel = 0
        for pid in self.tree():
            try:
                with open("/proc/%d/stat" % pid) as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            user += int(fields[11]) + int(fields[13])
            kernel += int(fields[12]) + int(fields[14])
        return user / TICK, kernel / TICK

    def rss(self):
        """Resident bytes; pages that processes of one tree share are counted once (Pss)."""
        total = 0
        for pid in self.tree():
            try:
                with open("/proc/%d/smaps_rollup" % pid) as f:
                    total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
            except (OSError, StopIteration):
                continue
        return total * 1024

    def threads_and_files(self):
        threads = files = 0
        for pid in self.tree():
            threads += len(os.listdir("/proc/%d/task" % pid))
            files += len(os.listdir("/proc/%d/fd" % pid))
        return threads, files

    def alive(self):
        return self.popen.poll() is None

    def wait_for(self, port, seconds=30):
        """Waits until the port takes connections."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.alive():
                raise RuntimeError("%s ended with status %s: %s" % (self.name, self.popen.returncode, self.said()))
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except OSError:
                time.sleep(0.005)
        raise RuntimeError("%s does not listen on 127.0.0.1:%d after %d s: %s" % (self.name, port, seconds, self.said()))

    def said(self):
        """The end of its output."""
        if self.log is subprocess.DEVNULL:
            return ""
        with open(self.log.name, errors="replace") as f:
            return f.read()[-600:].strip()

    def stop(self, how=signal.SIGTERM, seconds=10):
        """Ends it: politely, then not."""
        if self.alive():
            self.popen.send_signal(how)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                for pid in reversed(self.tree()):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                self.popen.wait()
        if self.log is not subprocess.DEVNULL:
            self.log.close()
        return self.popen.returncode
