"""What goes over the network: whole commands, seen by strace, on a machine that has the loopback only.

Run by hand on Linux: `python benchmarks/reliability_network.py`; it needs strace and unshare (util-linux) and
takes minutes. strace sees each connection, and each datagram that names its receiver, of every process that a
command starts. First it has to see two that are made on purpose. Ends with status 1 where anything but the
loopback was tried, or a command failed without a network.
"""

import argparse
import fcntl
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

COMMANDS = (
    "course doctor",
    "course precompute ch10 --seed 11",
    "course plan ch10",
    "course lint ch10",
    "course claims ch10",
    "course voice say 'A picture comes out of noise.'",
    "course voice script ch10",
    "course render ch10 --draft --episode --jobs 2",
    "course render ch10 --from 0 --to 2",
    "course episode ch10 --burn",
    "course publish --check",
    "course publish ch10 --dry-run",
    "course publish ch10 --yes",
    "manim -ql scenes/ch10_tiny.py",
)
PUBLISHING = "benchmarks/reliability_publish.py --seeds 0-1"
PURPOSE = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
LOOKUP = "import socket; socket.getaddrinfo('example.org', 443)"

CALL = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=(AF_\w+)(.*)")
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


def tried(log: Path) -> Counter[str]:
    """How often each place was tried to be reached, by the lines of strace; sockets of files count as one."""
    found: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if call := CALL.search(line):
            address = ADDRESS.search(call[2])
            found[(address[1] or address[2]) if address else call[1]] += 1
    return found


def abroad(places: Counter[str]) -> list[str]:
    """The places that are neither on this computer nor its kernel."""
    home = ("127.", "::1", "AF_UNIX", "AF_NETLINK")
    return sorted(place for place in places if not place.startswith(home))


def watched(command: Sequence[str], log: Path, **more: object) -> tuple[int, str, Counter[str]]:
    """Run a command under strace: its status, what it said, and what was tried."""
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "256", "-e", calls, "-o", str(log)]
    done = subprocess.run(
        [*strace, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **more,  # type: ignore[call-overload]
    )
    return done.returncode, done.stdout, tried(log)


def loopback_up() -> None:
    """Switch the loopback on, the only device of a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # up and running
        fcntl.ioctl(any_socket, 0x8914, request)  # set the flags
    assert [name for _, name in socket.if_nameindex()] == ["lo"]


def main() -> None:
    """Go into a network of our own, run the commands, print a line for each."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    inside = parser.parse_args().inside
    if lacking := [name for name in ("strace", "unshare") if not shutil.which(name)]:
        sys.exit(f"{' and '.join(lacking)} is not installed. Install it, for example with apt.")
    if not inside:
        os.execvp("unshare", ["unshare", "-r", "-n", sys.executable, __file__, "--inside"])
    loopback_up()

    from tests.bad_input.checkout import Checkout

    bad = 0
    with tempfile.TemporaryDirectory() as base:
        log = Path(base) / "calls.txt"
        for purpose in (PURPOSE, LOOKUP):
            if not abroad(watched([sys.executable, "-c", purpose], log)[2]):
                sys.exit("strace does not see what is tried on purpose, so nothing is shown. Is it allowed?")
        checkout = Checkout(Path(base))
        checkout.close()
        environment = {k: v for k, v in checkout.environment().items() if k != "COURSE_VOICE"}
        runs = [(one, ["-m", *shlex.split(one)], environment, checkout.root) for one in COMMANDS]
        runs.append((PUBLISHING, PUBLISHING.split(), dict(os.environ), ROOT))
        for name, arguments, values, folder in runs:
            began = time.perf_counter()
            status, said, places = watched([sys.executable, *arguments], log, env=values, cwd=folder)
            found = abroad(places)
            expected = status == (1 if name == "course publish ch10 --yes" else 0)  # nobody has signed in
            bad += bool(found) or not expected
            local = ", ".join(f"{count} × {place}" for place, count in sorted(places.items()))
            words = f"ABROAD: {', '.join(found)}" if found else "good" if expected else f"STATUS {status}"
            print(
                f"{name:<50} {time.perf_counter() - began:6.1f} s  {words}  ({local or 'nothing'})",
                flush=True,
            )
            if not expected:
                print(said[-1500:], flush=True)
    print(f"{len(runs) - bad} of {len(runs)} commands reached for nothing but this computer")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
