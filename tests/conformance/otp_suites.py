"""OTP's test suites: where their sources come from, and how a test folder is staged: copied, built and compiled.

A staged folder looks as OTP's own release of its tests does: sources, beams and *_SUITE_data side by side. It is made once and
kept until the sources or this recipe change; beams are the same for every VM.
"""
import fcntl
import fnmatch
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = ROOT / "build" / "conformance"
ERL = "/usr/bin/erl"

# The common_test hook that OTP's suites name, and modules that a test folder borrows from others as OTP's Makefiles do.
HOOK = "lib/common_test/test_server/ts_install_cth.erl"
BORROWED = {
    "stdlib": ["erts/emulator/test/erts_test_utils.erl", "lib/sasl/test/otp_vsns.erl"],
    "kernel": ["erts/emulator/test/erts_test_utils.erl", "lib/sasl/test/otp_vsns.erl", "lib/stdlib/test/error_info_lib.erl"],
    "emulator": ["lib/kernel/examples/gen_tcp_dist/src/gen_tcp_dist.erl", "lib/stdlib/test/error_info_lib.erl"],
    "compiler": [],
}
OPTIONS = {"compiler": ["clint", "clint0", "ssalint"]}
# What a suite wants on the command line of its VM.
FLAGS = {name: ["-enable-feature", "maybe_expr"] for name in ("compiler/maybe", "stdlib/erl_eval")}
# Benchmarks, and the folders' own clean-up checks.
NOT_SUITES = {"kernel/logger_stress", "stdlib/stdlib_bench", "stdlib/zzz", "kernel/zzz", "emulator/z", "compiler/z",
              "emulator/a"}

# What OTP's configure finds out for the Makefile.src of port programs, drivers and NIFs.
MAKE_VARIABLES = {
    "CC": "cc", "LD": "cc", "CFLAGS": "-g -O2 -fPIC -fno-common -w", "DEFS": "-DHAVE_STRERROR=1", "LIBS": "-lpthread -lm -ldl",
    "CROSSLDFLAGS": "", "exe": "", "obj": ".o", "dll": ".so", "DS": "/", "EMULATOR": "beam", "WSL": "", "SHLIB_CFLAGS": "-fPIC",
    "erl_include": "/usr/lib/erlang/usr/include", "erl_name": ERL, "EI_CFLAGS": "-g -O2 -fPIC -w -D_REENTRANT",
    "erl_interface_include": "/usr/lib/erlang/usr/include", "erl_interface_eilib": "/usr/lib/erlang/usr/lib/libei.a",
    "erl_interface_sock_libs": "", "erl_interface_threadlib": "-lpthread", "erl_interface_mk_include": "/dev/null",
    "ERTS_LIBS": "-lpthread -lm", "erts_lib_make_ethread": "/dev/null", "erts_lib_make_internal": "/dev/null",
    "SHLIB_RULES": "%.so: %.c\n\tcc $(CFLAGS) $(SHLIB_EXTRA_CFLAGS) -fPIC -shared -o $@ $< $(SHLIB_EXTRA_LDFLAGS)\n",
}


class Suite:
    """One suite: `name` is APPLICATION/MODULE without _SUITE."""

    def __init__(self, application, path):
        self.application, self.module = application, path.stem
        self.name = f"{application}/{path.stem.removesuffix('_SUITE')}"


def otp_source(folder=None):
    """The folder of OTP's sources: the one asked for, or Debian's source package, fetched and unpacked once."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "joist" / "otp-source"
    source = pathlib.Path(folder) if folder else cache / "otp"
    if not (source / "OTP_VERSION").exists():
        if folder:
            sys.exit(f"conformance: {folder} is not OTP's source tree")
        fetch(cache)
    return source


def fetch(cache):
    """Gets Debian's erlang source package with apt, from the same archives as the machine's packages."""
    (cache / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    shutil.copytree("/etc/apt", cache / "etc", dirs_exist_ok=True)
    for path in (cache / "etc").rglob("*.sources"):
        path.write_text(re.sub(r"^Types:.*", "Types: deb deb-src", path.read_text(), flags=re.M))
    for path in (cache / "etc").rglob("*.list"):
        text = path.read_text()
        path.write_text(text + "".join(f"deb-src {rest}\n" for rest in re.findall(r"^deb (.*)", text, re.M)))
    apt = ["apt-get", "-q", "-o", f"Dir::Etc={cache}/etc", "-o", f"Dir::State::Lists={cache}/lists",
           "-o", "APT::Sandbox::User=root"]
    print("conformance: fetching Debian's source package of Erlang", flush=True)
    for step in ([*apt, "update"], [*apt, "source", "--download-only", "erlang"]):
        if subprocess.run(step, cwd=cache, stdout=subprocess.DEVNULL).returncode != 0:
            sys.exit("conformance: apt-get cannot fetch the source package: give --otp-source")
    part = cache / "otp.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    archive = next(cache.glob("erlang_*.orig.tar.*"))
    subprocess.run(["tar", "-xf", archive, "-C", part, "--strip-components=1"], check=True)
    part.rename(cache / "otp")


def test_folder(source, application):
    return source / ("erts/emulator/test" if application == "emulator" else f"lib/{application}/test")


def suites(source, wanted):
    """The suites that the patterns name: an application, APPLICATION/SUITE, or patterns of these; all of four for none."""
    found = []
    for want in wanted or ["emulator", "stdlib", "kernel", "compiler"]:
        application, _, pattern = want.partition("/")
        folder = test_folder(source, application)
        if not folder.is_dir():
            sys.exit(f"conformance: no tests of {application} in {source}")
        pattern = (pattern or "*").removesuffix("_SUITE")
        named = [Suite(application, path) for path in sorted(folder.glob("*_SUITE.erl"))
                 if fnmatch.fnmatch(path.stem.removesuffix("_SUITE"), pattern)]
        if not named:
            sys.exit(f"conformance: no suite {want}")
        found += [suite for suite in named if suite.name not in NOT_SUITES or suite.name == want]
    return list({suite.name: suite for suite in found}.values())


def staged(source, application, vm):
    """The folder with the compiled suites of an application; compiled by erl when it is there, else by the VM."""
    stage = OUT / "suites" / f"{application}_test"
    stage.parent.mkdir(parents=True, exist_ok=True)
    with open(stage.with_suffix(".lock"), "w") as lock:  # another run of the tool may want the same
        fcntl.flock(lock, fcntl.LOCK_EX)
        stage_suites(source, application, stage, vm)
    return stage


def stage_suites(source, application, stage, vm):
    folder = test_folder(source, application)
    recipe = pathlib.Path(__file__).read_bytes() + str(source).encode() + (source / "OTP_VERSION").read_bytes()
    stamp = hashlib.sha256(recipe).hexdigest()
    if (stage / ".stamp").exists() and (stage / ".stamp").read_text() == stamp:
        return
    print(f"conformance: compiling the suites of {application}", flush=True)
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(folder, stage)
    for borrowed in [HOOK, "otp_versions.table", *BORROWED.get(application, [])]:
        if (source / borrowed).exists():
            shutil.copy(source / borrowed, stage)
    for makefile in stage.glob("*_SUITE_data/Makefile.src"):
        build_data(makefile)
    compile_all(source, application, stage, vm)
    (stage / ".stamp").write_text(stamp)


def build_data(makefile):
    """Builds what of a data folder builds: port programs always do; what needs OTP's internals may not, and its cases then fail."""
    text = re.sub(r"@(\w+)@", lambda match: MAKE_VARIABLES.get(match.group(1), ""), makefile.read_text())
    (makefile.parent / "Makefile").write_text(text)
    log = subprocess.run(["make", "-k", "-s"], cwd=makefile.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (makefile.parent / "make.log").write_bytes(log.stdout)


def compile_all(source, application, stage, vm):
    includes = [stage, *(source / "lib" / name / part for name in ("kernel", "stdlib", "compiler") for part in ("include", "src"))]
    options = ["debug_info", f'{{outdir, "{stage}"}}', *(f'{{i, "{path}"}}' for path in includes), *OPTIONS.get(application, [])]
    entries = [f'{{"{path}", [{", ".join(options)}]}}' for path in sorted(stage.glob("*.erl")) if not is_core(path)]
    entries += [f'{{"{path}", [{", ".join(["from_core", *options])}]}}' for path in sorted(stage.glob("*.core"))]
    job = stage / "compile.job"
    job.write_text("[" + ",\n ".join(entries) + "].\n")
    compiler = [ERL] if pathlib.Path(ERL).exists() else vm
    done = subprocess.run([*compiler, "-noshell", "-noinput", "-pa", runner_beams(compiler), "-pa", stage,
                           "-run", "conformance_compile", "main", job],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=stage)
    (stage / "compile.log").write_bytes(done.stdout)
    if done.returncode != 0:
        sys.exit("conformance: compiling failed:\n" + done.stdout.decode(errors="replace")[-2000:])


def is_core(path):
    return path.with_suffix(".core").exists()


def runner_beams(vm):
    """The folder with our own compiled modules."""
    beams = OUT / "ebin"
    beams.mkdir(parents=True, exist_ok=True)
    for path in HERE.glob("*.erl"):
        beam = beams / f"{path.stem}.beam"
        if not beam.exists() or beam.stat().st_mtime < path.stat().st_mtime:
            compiler = ERL if pathlib.Path(ERL).exists() else vm[0]
            subprocess.run([compiler, "-noshell", "-noinput", "-eval",
                            f'{{ok, _}} = compile:file("{path}", [{{outdir, "{beams}"}}, report, debug_info]), halt().'], check=True)
    return beams
