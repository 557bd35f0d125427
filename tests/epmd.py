"""epmd: Joist's and the real one do the same, on ports of their own; nodes find each other through Joist's; hostile peers."""
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import struct
import subprocess
import time

import harness
from harness import ROOT, run

OUT = ROOT / "build" / "tests" / "epmd"
REAL = pathlib.Path("/usr/bin/epmd")


def free_port():
    """A port at which nobody listens, whatever the address."""
    with socket.socket(socket.AF_INET6) as s:
        s.bind(("::", 0))
        return s.getsockname()[1]


def packet(body):
    return struct.pack(">H", len(body)) + body


def alive(name, highest=6, port=4711, extra=b"", node_type=77):
    return packet(b"x" + struct.pack(">HBBHHH", port, node_type, 0, highest, 5, len(name)) + name + struct.pack(">H", len(extra)) + extra)


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@dataclasses.dataclass
class Epmd:
    """An epmd at a port of its own."""
    program: pathlib.Path
    port: int
    process: subprocess.Popen | None = None
    host: str = "127.0.0.1"

    def connect(self, data=b""):
        connection = socket.create_connection((self.host, self.port), 10)
        if data:
            connection.sendall(data)
        return connection

    def register(self, data):
        """(the connection, the answer)"""
        connection = self.connect(data)
        return connection, connection.recv(100)

    def ask(self, data, wait=10):
        """The answer up to the end; "open" after it when the connection is kept for so long."""
        with contextlib.closing(self.connect(data)) as connection:
            connection.settimeout(wait)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
                return answer, "closed"
            except TimeoutError:
                return answer, "open"
            except ConnectionResetError:
                return answer, "closed"

    def names(self):
        answer = self.ask(packet(b"n"))[0]
        assert answer[:4] == struct.pack(">I", self.port), answer
        return re.findall(rb"name (.*) at port \d+\n", answer)

    def command(self, *arguments, env=None):
        outcome = run([self.program, "-port", self.port, *arguments], 20, env=env)
        return outcome.code, outcome.out.decode(), outcome.err.decode()

    def listens(self):
        with contextlib.suppress(OSError):
            self.connect().close()
            return True
        return False

    def lives(self):
        return self.process.poll() is None


@contextlib.contextmanager
def started(program, *arguments, env=None):
    epmd = Epmd(program, free_port())
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **(env or {})}
    with open(OUT / f"{program.parent.parent.name}-{epmd.port}.log", "wb") as log:
        epmd.process = subprocess.Popen([program, "-port", str(epmd.port), *arguments], stdout=log, stderr=log, env=environment)
    try:
        assert until(epmd.listens), "epmd does not listen"
        yield epmd
    finally:
        epmd.process.kill()
        epmd.process.wait()


def comparable(answer, end, epmd):
    """Without the port of the epmd, and the descriptors that it shows."""
    return re.sub(rb"fd = \d+", b"fd = N", answer.replace(struct.pack(">I", epmd.port), b"PORT")), end


# ---- what both do the same: each returns what it saw

def without_epmd(program):
    epmd = Epmd(program, free_port())
    return [epmd.command(*command) for command in (["-names"], ["-started"], ["-dump"], ["-kill"], ["-stop", "a"])]


def bad_command_lines(program):
    epmd = Epmd(program, free_port())
    lines = (["-wrong"], ["-names", "more"], ["-stop"], ["-kill", "-d"], ["-port"], ["-port", "x"], ["-packet_timeout", "0"],
             ["-delay_write"], ["-address"], ["name"])
    return [(code, out, bool(err)) for code, out, err in (epmd.command(*line) for line in lines)]


def commands(program, *arguments):
    seen = []
    with started(program, *arguments) as epmd:
        first, _ = epmd.register(alive(b"first", port=1111))
        second, _ = epmd.register(alive("zw\u00f6lf".encode(), port=2222))
        third, _ = epmd.register(alive(b"third", port=3333))
        third.close()
        until(lambda: len(epmd.names()) == 2)
        for command in (["-names"], ["-started"], ["-dump"], ["-kill"], ["-stop", "nobody"], ["-stop", "first"], ["-stop", "x" * 1001],
                        ["-names"], ["-dump"]):
            if "-relaxed_command_check" not in arguments or command != ["-kill"]:
                code, out, err = epmd.command(*command)
                seen.append((command, code, re.sub(r"fd = \d+", "fd = N", out.replace(str(epmd.port), "PORT")), err))
        first.close()
        if not arguments:
            second.close()
            until(lambda: not epmd.names())
        seen.append(epmd.command("-kill"))
        seen.append(epmd.process.wait(10))
        second.close()
    return seen


def relaxed_commands(program):
    return commands(program, "-relaxed_command_check")


PACKETS = [
    b"\0\0", b"\0\1", b"\0\5z", b"\0\3zab", packet(b"n"), packet(b"nonsense"), packet(b"d"), packet(b"dead"), packet(b"?"), packet(b"\0"),
    packet(b"z"), packet(b"z\0"), packet(b"zone"), packet(b"zone\0"), packet(b"zone\0\0"), packet(b"zo\0ne"), packet(b"znone"),
    packet(b"z\xff"), packet(b"z\xc3"), packet(b"z" + b"a" * 254), packet(b"z" + b"a" * 255), packet(b"z" + b"a" * 256),
    packet(b"z" + "\u00e9".encode() * 254), packet(b"z" + "\u00e9".encode() * 255),
    packet(b"k"), packet(b"sone"), packet(b"s"), packet(b"none"), packet(b"x"), packet(b"x" + b"\0" * 11), packet(b"x" + b"\0" * 12),
    packet(b"n") + b"more", packet(b"n" * 3057), packet(b"n" * 3058), packet(b"n" * 60000), b"\xff\xff" + b"z" * 100,
    alive(b"one"), alive(b"one", 5), alive(b"\xff"), alive(b"\xed\xa0\x80"), alive(b"\xc0\x80"), alive(b"a\0b"), alive(b"a\0"),
    alive(b"a" * 256), alive(b"a" * 600, 5), alive("\U0001f608".encode() * 256), alive(b"extra", extra=b"e" * 1021),
    alive(b"more")[:-2], alive(b"length", extra=b"")[:-1] + b"\x05",
    packet(b"x" + struct.pack(">HBBHHH", 1, 77, 0, 5, 5, 9) + b"short" + b"\0\0"),
]


def answers(program):
    """A packet each on a connection of its own, while a node is registered."""
    with started(program) as epmd:
        node, answer = epmd.register(alive(b"one", 5, 1042, b"e\0x", 72))
        seen = [(answer[:2], len(answer))]
        seen += [(data[:40], comparable(*epmd.ask(data, 0.3), epmd)) for data in PACKETS]
        node.close()
    return seen


def registered(program):
    """Names at the limits; what a lookup then gives; that a connection which was refused a name is kept as well."""
    seen = []
    with started(program) as epmd:
        for name, highest, extra in ((b"plain", 6, b""), (b"old", 5, b"\0\1"), (b"a" * 255, 6, b""), ("\U0001f608".encode() * 255, 6, b""),
                                     (b"wide", 65535, b"e" * 1020), (b"with space\n", 6, b"")):
            node, answer = epmd.register(alive(name, highest, extra=extra))
            seen += [answer[:2], len(answer), epmd.ask(packet(b"z" + name)), epmd.ask(alive(name, highest), 0.3)]
            node.sendall(b"one more byte")
            seen.append(node.recv(10))
            until(lambda: not epmd.names())
            seen.append(epmd.ask(packet(b"z" + name)))
    return seen


def creations(program):
    """The same name again: the next creation; 32 bits and less."""
    with started(program) as epmd:
        def register(name, highest):
            node, answer = epmd.register(alive(name, highest))
            node.close()
            until(lambda: name not in epmd.names())
            return int.from_bytes(answer[2:], "big")

        first, _, again = register(b"a", 6), register(b"b", 6), register(b"a", 6)
        small = register(b"a", 5)
        return again - first, small == (again + 1) % 3 + 1, abs(first - time.time()) < 60


def old_names(program):
    """With -d five names are remembered, a sixth until the next new one comes."""
    with started(program, "-d") as epmd:
        for name in (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"c", b"h"):
            epmd.register(alive(name))[0].close()
            until(lambda: not epmd.names())
        return re.sub(rb"fd = \d+", b"fd = N", epmd.ask(packet(b"d"))[0][4:])


def silence(program):
    """With -packet_timeout 1 who has said nothing, or half, is cut off; a node is not."""
    with started(program, "-packet_timeout", "1") as epmd:
        node, _ = epmd.register(alive(b"one"))
        connections = [epmd.connect(data) for data in (b"", b"\0", b"\0\3", packet(b"z" * 100)[:50])]
        began, seen = time.monotonic(), []
        for connection in connections:
            connection.settimeout(10)
            seen.append(connection.recv(10))
        seen.append(0.5 < time.monotonic() - began < 6)
        seen.append(epmd.names())
        node.close()
    return seen


def busy(program):
    """The simulations of a busy server."""
    seen = []
    for option in ("-delay_accept", "-delay_write"):
        with started(program, option, "1") as epmd:
            began = time.monotonic()
            seen.append(epmd.ask(packet(b"znone")))
            seen.append(0.8 < time.monotonic() - began < 5)
    return seen


def second_start(program):
    with started(program) as epmd:
        return [epmd.command(*arguments) for arguments in ([], ["-daemon"], ["-address", "127.0.0.1"])]


def environment(program):
    port = str(free_port())
    variables = {"ERL_EPMD_PORT": port, "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_RELAXED_COMMAND_CHECK": "1"}
    epmd = Epmd(program, int(port))
    ask = lambda *arguments: run([program, *arguments], 20, env=variables)
    start = ask("-daemon")
    until(epmd.listens)
    node, _ = epmd.register(alive(b"one"))
    seen = [start.code, start.out + start.err, epmd.names(), ask("-names").out.replace(port.encode(), b"PORT"), ask("-kill").out]
    node.close()
    return seen, until(lambda: not epmd.listens())


def addresses(program):
    """At which addresses of this machine it listens."""
    own = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)), "127.0.0.1")
    seen = []
    for arguments in ([], ["-address", "127.0.0.1"], ["-address", "127.0.0.2,  ::1,127.0.0.3"]):
        with started(program, *arguments) as epmd:
            for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3", "::1", own):
                epmd.host = host
                seen.append((host, epmd.listens() and epmd.ask(alive(host.encode()), 0.3)[0][:2]))
    many = ",".join(f"127.0.1.{n}" for n in range(1, 17))
    for bad in ("nowhere", "127.0.0.1,x", many, "192.0.2.1"):
        code, out, err = Epmd(program, free_port()).command("-address", bad)
        seen.append((code, out, bool(err)))
    return seen


def from_systemd(program):
    """Takes the socket that it was given as descriptor 3."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        path = OUT / f"notify-{os.getpid()}"
        path.unlink(missing_ok=True)
        notified.bind(str(path))
        notified.settimeout(10)
        command = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -systemd'
        give = lambda: (os.dup2(listener.fileno(), 3), os.set_inheritable(3, True))
        process = subprocess.Popen(["/bin/sh", "-c", command, program], preexec_fn=give, close_fds=False,
                                   env={**os.environ, "NOTIFY_SOCKET": str(path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        epmd = Epmd(program, listener.getsockname()[1])
        try:
            seen = [b"READY=1" in notified.recv(1000), epmd.ask(packet(b"znone")), epmd.ask(packet(b"k")), process.wait(10)]
        finally:
            process.kill()
            process.wait()
        path.unlink()
    for environment in ({}, {"LISTEN_PID": "$$", "LISTEN_FDS": "1"}):
        assignments = " ".join(f"{name}={value}" for name, value in environment.items())
        outcome = run(["/bin/sh", "-c", f'{assignments} exec "$0" -port {free_port()} -systemd 3<&-', program], 10)
        seen += [outcome.code, outcome.out, bool(outcome.err)]
    return seen


SAME = [without_epmd, bad_command_lines, commands, relaxed_commands, answers, registered, creations, old_names, silence, busy, second_start,
        environment, addresses, from_systemd]


def same(check, program):
    # What the real one says is kept by nobody: it takes no longer than ours.
    want, got = check(REAL), check(program)
    if want == got:
        return None
    if isinstance(want, list) and isinstance(got, list):
        pairs = [pair for pair in zip(want, got) if pair[0] != pair[1]]
        return "\n".join(f"  real:  {a!r:.500}\n  joist: {b!r:.500}" for a, b in pairs) or "more on one of them"
    return f"\n  real:  {want!r:.1000}\n  joist: {got!r:.1000}"


# ---- what only Joist's must do: each returns the problem, or None

def rubbish(program):
    """Random bytes, and connections that are reset in the middle."""
    generator = random.Random(7)
    with started(program) as epmd:
        node, _ = epmd.register(alive(b"one"))
        for _ in range(1500):
            body = generator.randbytes(generator.randrange(60))
            data = generator.choice([body, packet(body), packet(generator.choice([b"x", b"z", b"s", b"n", b"d"]) + body), alive(body)])
            connection = epmd.connect(data[:generator.randrange(len(data) + 1)])
            if generator.random() < 0.3:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        until(lambda: epmd.names() == [b"one"])
        problem = None if epmd.lives() and epmd.names() == [b"one"] else f"names: {epmd.names()}"
        node.close()
    return problem


def crowd(program):
    """More silent connections than there may be: who comes now is turned away, and served when they have been cut off."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with started(program, "-packet_timeout", "2") as epmd:
        node, _ = epmd.register(alive(b"one"))
        with contextlib.ExitStack() as stack:
            for _ in range(1200):
                stack.enter_context(contextlib.closing(epmd.connect()))
            if epmd.ask(packet(b"n"))[0]:
                return "served more than 1024 connections"
            if not until(lambda: epmd.ask(packet(b"zone"))[0][:2] == b"w\0", 15):
                return "does not cut off who is silent"
        names = epmd.names()
        node.close()
        return None if names == [b"one"] else f"names: {names}"


def few_descriptors(program):
    """The same when the system gives it few."""
    limited = OUT / "limited" / "bin" / "epmd"
    limited.parent.mkdir(parents=True, exist_ok=True)
    limited.write_text(f'#!/bin/sh\nulimit -n 40\nexec "{program}" "$@"\n')
    limited.chmod(0o755)
    with started(limited, "-packet_timeout", "1") as epmd:
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(contextlib.closing(epmd.connect()))
            if not until(lambda: epmd.ask(packet(b"n"))[0], 15):
                return "does not recover"
    return None


def slow_readers(program):
    """Long answers that nobody reads keep nobody else waiting."""
    with started(program, "-packet_timeout", "2") as epmd, contextlib.ExitStack() as stack:
        for n in range(300):
            stack.enter_context(epmd.register(alive(b"%04d" % n + "\U0001f608".encode() * 250))[0])
        whole = epmd.ask(packet(b"n"))[0]
        if whole.count(b"\n") != 300:
            return f"{whole.count(10)} names of 300"
        slow = []
        for _ in range(200):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", epmd.port))
            connection.sendall(packet(b"n"))
            slow.append(connection)
        began = time.monotonic()
        if epmd.ask(packet(b"z0007"))[0] != b"w\1":
            return "does not answer beside slow readers"
        if time.monotonic() - began > 3 * harness.SLOWDOWN.get(program.parent.parent.name, 1):
            return "slow readers make it slow"
        memory = int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{epmd.process.pid}/status").read_text())[1])
        if program.parent.parent.name == "release" and memory > 40000:
            return f"slow readers make it take {memory} kB"
        slow[0].settimeout(5)
        answer = b""
        while part := slow[0].recv(65536):
            answer += part
        return None if answer == whole else f"a slow reader got {len(answer)} bytes of {len(whole)}"


def erl(epmd, name, code, program="/usr/bin/erl", *flags):
    """A node with this epmd; its exit code and output."""
    outcome = run([program, "-sname", name, "-setcookie", "epmd_test", "-noinput", *flags, "-eval", code], 60,
                  env={"ERL_EPMD_PORT": str(epmd.port)})
    return outcome.code, outcome.out.decode()


def nodes(program):
    """Two nodes of OTP's, and one that starts again under its name."""
    with started(program) as epmd:
        environment = {**os.environ, "ERL_EPMD_PORT": str(epmd.port), "HOME": str(ROOT / "build")}
        waiting = subprocess.Popen(["/usr/bin/erl", "-sname", "epmd_a", "-setcookie", "epmd_test", "-start_epmd", "false", "-noinput"],
                                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            if not until(lambda: epmd.names() == [b"epmd_a"], 30):
                return f"not registered: {epmd.names()}"
            ask = ('{ok, N} = net_adm:names(), A = list_to_atom("epmd_a@" ++ lists:last(string:split(atom_to_list(node()), "@"))), '
                   'io:format("~p ~p ~p", [lists:sort([X || {X, _} <- N]), net_adm:ping(A), erlang:system_info(creation)]), '
                   'halt(case net_kernel:monitor_nodes(true) of ok -> 0 end).')
            first, second = (erl(epmd, "epmd_b", ask, "/usr/bin/erl", "-start_epmd", "false") for _ in range(2))
            taken = erl(epmd, "epmd_a", "halt(0).", "/usr/bin/erl", "-start_epmd", "false")
        finally:
            harness.kill_group(waiting)
            waiting.wait()
        words = [re.fullmatch(r'\["epmd_a","epmd_b"\] pong (\d+)', out) for _, out in (first, second)]
        if not all(words) or int(words[1][1]) != int(words[0][1]) + 1:
            return f"{first} {second}"
        if taken[0] != 1:
            return f"a second node of the same name: {taken}"
        return None if until(lambda: not epmd.names()) else f"names stay: {epmd.names()}"


def launcher(program):
    """Joist's erl starts the epmd beside it, or what -epmd says, or none."""
    vm = program.with_name("erl")
    for flags, wanted in (([], True), (["-start_epmd", "false"], False), (["-epmd", f"touch {OUT / 'touched'}"], False)):
        epmd = Epmd(program, free_port())
        erl(epmd, "epmd_c", "halt(0).", vm, *flags)
        there = epmd.listens()
        if there:
            until(lambda: epmd.command("-kill")[0] == 0)
        if there != wanted:
            return f"erl -sname {flags}: epmd {'runs' if there else 'does not run'}"
    if not (OUT / "touched").exists():
        return "-epmd is not executed"
    plain = Epmd(program, free_port())
    run([vm, "-noinput", "-eval", "halt()."], 60, env={"ERL_EPMD_PORT": str(plain.port)})
    return "started without a name" if plain.listens() else None


def daemon(program):
    """-daemon returns when it listens; it keeps nothing of who started it."""
    epmd = Epmd(program, free_port())
    for _ in range(5):
        started_first = epmd.command("-daemon")
        names = epmd.command("-names")
        killed = epmd.command("-kill")
        if started_first != (0, "", "") or names[0] != 0 or killed != (0, "Killed\n", ""):
            return f"{started_first} {names} {killed}"
        if not until(lambda: not epmd.listens()):
            return "does not end"
    return None


OWN = [rubbish, crowd, few_descriptors, slow_readers, nodes, launcher, daemon]


def check(results, preset, jobs):
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    program = harness.bin_dir(preset) / "epmd"

    def problem_of(test):
        try:
            return same(test, program) if test in SAME else test(program)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            return f"{type(error).__name__}: {error}"

    chosen = [test for test in SAME + OWN if results.wants(f"epmd/{test.__name__}")]
    for test, problem in zip(chosen, harness.parallel(problem_of, chosen, jobs)):
        results.add(f"epmd/{test.__name__}", problem)
