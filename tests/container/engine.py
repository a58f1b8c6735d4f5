"""A container engine of its own for the tests: dockerd in a network namespace, with its own folders.

Nothing outside is touched: no bridge, no firewall rule, no image of the machine's engine.
"""
import os
import shutil
import subprocess
import tempfile
import time

DEADLINE_S = 60
COMMANDS = ("buildah", "debootstrap", "dockerd", "docker-compose", "ip", "nsenter", "curl")


class Unavailable(Exception):
    """No engine can be started here; the text says why."""


def find(command):
    """The distribution's own program, before one that somebody put into /usr/local."""
    return shutil.which(command, path="/usr/sbin:/usr/bin:/sbin:/bin")


class Engine:
    def __init__(self):
        missing = [c for c in COMMANDS if find(c) is None]
        if missing:
            raise Unavailable(f"not installed: {', '.join(missing)}")
        if os.getuid() != 0:
            raise Unavailable("an engine needs root")
        self.namespace = f"devproof-{os.getpid()}"
        self.folder = tempfile.mkdtemp(prefix="devproof-engine-")
        self.socket = f"unix://{self.folder}/docker.sock"
        self.daemon = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for argv in (["ip", "netns", "add", self.namespace],
                     ["ip", "netns", "exec", self.namespace, "ip", "link", "set", "lo", "up"]):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Unavailable(f"no network namespace: {done.stderr.strip()}")
        log = os.path.join(self.folder, "log")
        with open(log, "wb") as out:
            self.daemon = subprocess.Popen(
                self.inside([find("dockerd"), "--data-root", f"{self.folder}/data", "--exec-root",
                             f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid", "-H",
                             self.socket]), stdout=out, stderr=out)
        end = time.monotonic() + DEADLINE_S
        while self.docker("version", check=False).returncode != 0:
            if self.daemon.poll() is not None or time.monotonic() > end:
                with open(log, encoding="utf-8", errors="replace") as f:
                    raise Unavailable("dockerd does not start:\n" + "".join(f.readlines()[-5:]))
            time.sleep(0.1)

    def stop(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(DEADLINE_S)
        subprocess.run(["ip", "netns", "delete", self.namespace], capture_output=True, check=False)
        subprocess.run(["umount", "-R", f"{self.folder}/exec", f"{self.folder}/data"],
                       capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def inside(self, argv):
        """argv, run in the engine's network namespace."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *argv]

    def run(self, argv, check=True):
        """Run a program inside; published ports are reached from here."""
        return self._run(self.inside(argv), check)

    def docker(self, *args, check=True):
        return self._run([find("docker") or "docker", *args], check)

    def compose(self, file, *args, check=True):
        return self._run(["docker-compose", "-f", file, "-p", "devproof-test", *args], check)

    def _run(self, argv, check):
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "DOCKER_HOST": self.socket,
               "COMPOSE_HTTP_TIMEOUT": "120", "DOCKER_BUILDKIT": "0"}
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, env=env,
                              timeout=300, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n"
                                 f"{done.stdout}\n{done.stderr}")
        return done
