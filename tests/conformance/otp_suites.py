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
GEN_TCP_DIST = "lib/kernel/examples/gen_tcp_dist/src/gen_tcp_dist.erl"
BORROWED = {
    "stdlib": ["erts/emulator/test/erts_test_utils.erl", "lib/sasl/test/otp_vsns.erl"],
    "kernel": ["erts/emulator/test/erts_test_utils.erl", "lib/sasl/test/otp_vsns.erl", "lib/stdlib/test/error_info_lib.erl", GEN_TCP_DIST],
    "emulator": [GEN_TCP_DIST, "lib/stdlib/test/error_info_lib.erl"],
    "compiler": [],
}
OPTIONS = {"compiler": ["clint", "clint0", "ssalint"]}
# Suites that OTP's Makefiles make of others: the same module as NAME_VARIANT, compiled with more options. The variable of the
# Makefile names those that have the variant.
NO_SSA_OPT = ["no_bool_opt", "no_share_opt", "no_bsm_opt", "no_fun_opt", "no_ssa_opt", "no_recv_opt"]
VARIANTS = {
    "compiler": {
        "no_opt": ("NO_OPT", [*NO_SSA_OPT, "no_copt", "no_postopt"]),
        "post_opt": ("NO_OPT", [*NO_SSA_OPT, "no_copt"]),
        "no_ssa_opt": ("NO_OPT", NO_SSA_OPT),
        "no_copt": ("NO_OPT", ["no_copt"]),
        "no_module_opt": ("NO_OPT", ["no_module_opt"]),
        "no_type_opt": ("NO_OPT", ["no_type_opt"]),
        "inline": ("INLINE", ["inline"]),
        "r23": ("R23", ["r23"]),
        "r24": ("R24", ["r24"]),
        "dialyzer": ("DIALYZER", ["dialyzer"]),
    },
    "emulator": {"no_opt": ("NO_OPT", ["no_copt", "no_postopt", "no_ssa_opt", "no_bsm_opt"])},
}
# What a suite and its variants want on the command line of their VM.
FLAGS = {name: ["-enable-feature", "maybe_expr"] for name in ("compiler/compile", "compiler/maybe", "stdlib/erl_eval")}
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
    """One suite: `name` is APPLICATION/MODULE without _SUITE. A variant has the name of its suite in `base`, and its own `options`."""

    def __init__(self, application, base, variant=None, options=()):
        short = f"{base}_{variant}" if variant else base
        self.application, self.module, self.name = application, f"{short}_SUITE", f"{application}/{short}"
        self.base, self.variant, self.options = base, variant, list(options)

    def flags(self):
        return FLAGS.get(f"{self.application}/{self.base}", [])


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
    return source / (f"erts/{application}/test" if application in ("emulator", "epmd") else f"lib/{application}/test")


def suites(source, wanted):
    """The suites that the patterns name: an application, APPLICATION/SUITE, or patterns of these; all of four for none."""
    found = []
    for want in wanted or ["emulator", "stdlib", "kernel", "compiler"]:
        application, _, pattern = want.partition("/")
        folder = test_folder(source, application)
        if not folder.is_dir():
            sys.exit(f"conformance: no tests of {application} in {source}")
        pattern = f"{application}/{(pattern or '*').removesuffix('_SUITE')}"
        named = [suite for suite in all_suites(folder, application) if fnmatch.fnmatch(suite.name, pattern)]
        if not named:
            sys.exit(f"conformance: no suite {want}")
        found += [suite for suite in named if suite.name not in NOT_SUITES or suite.name == want]
    return list({suite.name: suite for suite in found}.values())


def all_suites(folder, application):
    paths = [path for kind in ("erl", "core") for path in folder.glob(f"*_SUITE.{kind}")]
    plain = [Suite(application, path.stem.removesuffix("_SUITE")) for path in paths]
    return sorted([*plain, *variants(folder, application)], key=lambda suite: suite.name)


def variants(folder, application):
    makefile = folder / "Makefile"
    lists = makefile.read_text().replace("\\\n", " ") if makefile.exists() else ""
    names = {variable: words.split() for variable, words in re.findall(r"^(\w+)[ \t]*=(.*)", lists, re.M)}
    return [Suite(application, base, variant, options) for variant, (variable, options) in VARIANTS.get(application, {}).items()
            for base in names.get(variable, [])]


def table_row(name):
    """The row of the table that a suite counts in: one for all with the same variant."""
    application, _, short = name.partition("/")
    return next((f"{application}/\\*_{variant}" for variant in VARIANTS.get(application, {}) if short.endswith(f"_{variant}")), name)


def staged(source, application, vm, with_variants):
    """The folder with the compiled suites of an application; compiled by erl when it is there, else by the VM."""
    stage = OUT / "suites" / f"{application}_test"
    stage.parent.mkdir(parents=True, exist_ok=True)
    # Shared while suites run from the folder, until this process ends; alone while they are put there.
    lock = locks.setdefault(stage, open(stage.with_suffix(".lock"), "w"))
    fcntl.flock(lock, fcntl.LOCK_SH)
    if not is_staged(source, stage, with_variants):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_staged(source, stage, False):
            stage_suites(source, application, stage, vm)
        if not is_staged(source, stage, with_variants):
            stage_variants(source, application, stage, vm)
        fcntl.flock(lock, fcntl.LOCK_SH)
    return stage


locks = {}  # by folder


def stamp(source):
    return hashlib.sha256(pathlib.Path(__file__).read_bytes() + str(source).encode() + (source / "OTP_VERSION").read_bytes()).hexdigest()


def is_staged(source, stage, with_variants):
    made = stage / ".stamp"
    return made.exists() and made.read_text() == stamp(source) and (not with_variants or (stage / ".variants").exists())


def stage_variants(source, application, stage, vm):
    """The variants are many: they are made when the first of them is asked for."""
    print(f"conformance: compiling the variants of the suites of {application}", flush=True)
    entries = []
    for suite in variants(stage, application):
        text = (stage / f"{suite.base}_SUITE.erl").read_text()
        path = stage / f"{suite.module}.erl"
        path.write_text(text.replace(f"-module({suite.base}_SUITE)", f"-module({suite.module})"))
        entries.append((path, suite.options))
    compile_all(source, application, stage, vm, entries)
    (stage / ".variants").touch()


def stage_suites(source, application, stage, vm):
    folder = test_folder(source, application)
    print(f"conformance: compiling the suites of {application}", flush=True)
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(folder, stage)
    for borrowed in [HOOK, "otp_versions.table", *BORROWED.get(application, [])]:
        if (source / borrowed).exists():
            shutil.copy(source / borrowed, stage)
    for makefile in stage.glob("*_SUITE_data/Makefile.src"):
        build_data(makefile)
    entries = [(path, []) for path in sorted(stage.glob("*.erl")) if not path.with_suffix(".core").exists()]
    entries += [(path, ["from_core"]) for path in sorted(stage.glob("*.core"))]
    compile_all(source, application, stage, vm, entries)
    (stage / ".stamp").write_text(stamp(source))


def build_data(makefile):
    """Builds what of a data folder builds: port programs always do; what needs OTP's internals may not, and its cases then fail."""
    text = re.sub(r"@(\w+)@", lambda match: MAKE_VARIABLES.get(match.group(1), ""), makefile.read_text())
    (makefile.parent / "Makefile").write_text(text)
    log = subprocess.run(["make", "-k", "-s"], cwd=makefile.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (makefile.parent / "make.log").write_bytes(log.stdout)


def compile_all(source, application, stage, vm, entries):
    """Compiles pairs of a source and its own options."""
    includes = [stage, *(source / "lib" / name / part for name in ("kernel", "stdlib", "compiler") for part in ("include", "src"))]
    common = ["debug_info", f'{{outdir, "{stage}"}}', *(f'{{i, "{path}"}}' for path in includes), *OPTIONS.get(application, [])]
    job = stage / "compile.job"
    job.write_text("[" + ",\n ".join(f'{{"{path}", [{", ".join([*options, *common])}]}}' for path, options in entries) + "].\n")
    compiler = [ERL] if pathlib.Path(ERL).exists() else vm
    done = subprocess.run([*compiler, "-noshell", "-noinput", "-pa", runner_beams(compiler), "-pa", stage,
                           "-run", "conformance_compile", "main", job],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=stage)
    with open(stage / "compile.log", "ab") as log:
        log.write(done.stdout)
    if done.returncode != 0:
        sys.exit("conformance: compiling failed:\n" + done.stdout.decode(errors="replace")[-2000:])


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
