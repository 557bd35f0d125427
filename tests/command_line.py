"""Command lines of erl, erlc and escript: run on Joist and on the real ones; exit code and output must be equal."""
import os
import pathlib
import re
import shutil

import harness
from harness import ROOT, run

OUT = ROOT / "build" / "tests" / "command-line"
REAL = pathlib.Path("/usr/bin")

FILES = {
    "m.erl": "-module(m).\n-export([go/0, go/1, fail/0, echo/0]).\ngo() -> io:format(\"go/0~n\").\n"
             "go(A) -> io:format(\"go ~p~n\", [A]).\nfail() -> error(failed).\n"
             "echo() -> case io:get_line(\"\") of eof -> halt(3); L -> io:put_chars([\"got \", L]), echo() end.\n",
    "warn.erl": "-module(warn).\n-export([f/1]).\nf(X) -> Y = 1.\n",
    "bad.erl": "-module(bad).\n-export([f/1]).\nf(X) -> Z.\ng() -> (.\n",
    "good.erl": "-module(good).\n-export([f/0]).\n-ifdef(V).\nf() -> ?V.\n-else.\nf() -> none.\n-endif.\n",
    "inc.erl": "-module(inc).\n-export([f/0]).\n-include(\"my.hrl\").\nf() -> ?VALUE.\n",
    "hrl/my.hrl": "-define(VALUE, 42).\n",
    "exp.erl": "-module(exp).\n-export([f/1]).\nf(X) -> {export_all, X}.\ng() -> unused.\n",
    "feature.erl": "-module(feature).\n-feature(maybe_expr, enable).\n-export([f/1]).\nf(X) -> maybe ok ?= X end.\n",
    "core.core": "module 'core' ['f'/0] attributes []\n'f'/0 = fun () -> 'from core'\nend\n",
    "lex.xrl": "Definitions.\nRules.\n[0-9]+ : {token, {n, list_to_integer(TokenChars)}}.\n\\s : skip_token.\nErlang code.\n",
    "gram.yrl": "Nonterminals e.\nTerminals n.\nRootsymbol e.\ne -> n : '$1'.\n",
    "mod_script": "#!/usr/bin/env escript\n%% a comment\n%%! -pa out -kernel my_env given\n-module(mod_script).\n-mode(compile).\n"
                  "-export([main/1]).\nmain([]) -> io:format(\"~p ~p ~p~n\", [application:get_env(kernel, my_env), ?MODULE, escript:script_name()]);\n"
                  "main([\"bad\"]) -> bad;\nmain([\"throw\"]) -> throw(ball);\nmain(A) -> io:format(standard_error, \"~p~n\", [A]), halt(length(A)).\n",
    "warn_script": "#!/usr/bin/env escript\nmain(_) -> X = 1, io:format(\"unused~n\").\n",
    "wrong_script": "#!/usr/bin/env escript\nmain(_) -> nowhere:(.\n",
    "no_main": "#!/usr/bin/env escript\nother(_) -> ok.\n",
    "unicode_script": "#!/usr/bin/env escript\n%% -*- coding: utf-8 -*-\nmain(A) -> io:format(\"~ts ~ts~n\", [\"\u00e5\u4e2d\", A]).\n",
    "script": "#!/usr/bin/env escript\n%%! -hidden_flag x\nmain(A) -> io:format(\"~p~n\", [A]), case A of [\"fail\"] -> error(x); "
              "[\"exit\", N] -> halt(list_to_integer(N)); _ -> ok end.\n",
    "args": "-myflag from_file -eval 'io:format(\"~p~n\", [init:get_argument(myflag)])'\n",
    "sys.config": "[{kernel, [{my_env, configured}]}, {other, [{a, 1}]}].\n",
    "broken.config": "[{kernel, [\n",
    "input": "first\nsecond\nno newline",
}

NOSHELL = ["erl", "-noshell"]


def ev(text, *flags):
    return [*NOSHELL, *flags, "-eval", text]


# name, command, options: env, stdin (a file of FILES), stderr (see stderr_part)
CASES = [
    ("halt", ev("halt().")),
    ("halt-code", ev("halt(42).")),
    ("halt-string", ev('halt("slogan of the halt").', "-env", "ERL_CRASH_DUMP", "/dev/null")),
    ("init-killed", ev("exit(whereis(init), kill), timer:sleep(infinity).", "-env", "ERL_CRASH_DUMP", "/dev/null")),
    ("halt-flush", ev('[io:format("~p~n", [N]) || N <- lists:seq(1, 2000)], halt(0).')),
    ("halt-deaf-child", ev('port_command(open_port({spawn, "sleep 9"}, [out]), binary:copy(<<0>>, 300000)), halt(5).')),
    ("halt-options", ev("erlang:halt(5, [{flush, false}]).")),
    ("init-stop", ev("init:stop(7).")),
    ("init-stop-0", [*NOSHELL, "-s", "init", "stop"]),
    ("applications", ev('io:format("~p~n", [application:which_applications()]), halt().')),
    ("eval-many", [*NOSHELL, "-eval", "io:format(\"a~n\").", "-eval", "io:format(\"b~n\"), halt()."]),
    ("eval-syntax", ev("io:format(")),
    ("eval-crash", ev("error(oops).")),
    ("eval-exit", ev("exit(oops).")),
    ("eval-undef", ev("no:such(1).")),
    ("s-fun", [*NOSHELL, "-s", "m", "go", "-s", "init", "stop"]),
    ("s-args", [*NOSHELL, "-s", "m", "go", "a", "b", "-s", "init", "stop"]),
    ("run-args", [*NOSHELL, "-run", "m", "go", "a", "b", "-s", "init", "stop"]),
    ("s-fail", [*NOSHELL, "-s", "m", "fail"]),
    ("run-none", [*NOSHELL, "-run", "nomodule"]),
    ("echo", [*NOSHELL, "-s", "m", "echo"], {"stdin": "input"}),
    ("extra", [*NOSHELL, "-eval", 'io:format("~p~n", [init:get_plain_arguments()]), halt().', "-x", "-extra", "y", "-z"]),
    ("dashes", [*NOSHELL, "-foo", "bar", "--", "plain", "-eval", 'io:format("~p ~p~n", [init:get_plain_arguments(), init:get_argument(foo)]), halt().']),
    ("flags-env", ev('io:format("~p~n", [init:get_argument(abc)]), halt().'), {"env": {"ERL_FLAGS": "-abc 1 2"}}),
    ("aflags-env", ev('io:format("~p~n", [init:get_argument(abc)]), halt().', "-abc", "3"), {"env": {"ERL_AFLAGS": "-abc 1", "ERL_ZFLAGS": "-abc 9"}}),
    ("args-file", [*NOSHELL, "-args_file", "args", "-s", "init", "stop"]),
    ("args-file-missing", [*NOSHELL, "-args_file", "nosuch"], {"stderr": "any"}),
    ("settings", ev('io:format("~p~n", [[erlang:system_info(X) || X <- [scheduler_bind_type, ets_limit, port_parallelism, time_offset, '
                    'time_warp_mode, min_bin_vheap_size, thread_pool_size, outstanding_system_requests_limit, compat_rel, '
                    'modified_timing_level, dist_buf_busy_limit]]]), halt().',
                    "+zosrl", "7", "+C", "single_time_warp", "+spp", "true", "+e", "9000", "+hmbs", "2000", "+A", "3", "+R", "24", "+T", "3",
                    "+zdbbl", "10")),
    ("config", ev('io:format("~p ~p~n", [application:get_env(kernel, my_env), application:get_env(other, a)]), halt().', "-config", "sys")),
    ("config-broken", ev("halt().", "-config", "broken")),
    ("config-none", ev("halt().", "-config", "nothing_here")),
    ("app-env", ev('io:format("~p~n", [application:get_env(kernel, k)]), halt().', "-kernel", "k", "{v,[1]}")),
    ("boot-none", ev("halt().", "-boot", "no_such_boot")),
    ("boot-clean", ev('io:format("~p~n", [init:script_id()]), halt().', "-boot", "start_clean")),
    ("boot-sasl", ev('io:format("~p~n", [lists:sort([A || {A, _, _} <- application:which_applications()])]), halt().', "-boot", "start_sasl", "-kernel", "logger_level", "error")),
    ("mode-embedded", ev('io:format("~p~n", [code:get_mode()]), halt().', "-mode", "embedded")),
    ("mode-interactive", ev('io:format("~p~n", [code:get_mode()]), halt().', "-mode", "interactive")),
    ("pa-pz", ev('P = code:get_path(), io:format("~p ~p~n", [hd(P), lists:last(P)]), halt().', "-pa", "first", "-pz", "last")),
    ("schedulers", ev('io:format("~p~n", [erlang:system_info(schedulers)]), halt().', "+S", "3:2")),
    ("process-limit", ev('io:format("~p~n", [erlang:system_info(process_limit)]), halt().', "+P", "2000")),
    ("atom-limit", ev('io:format("~p~n", [erlang:system_info(atom_limit)]), halt().', "+t", "2000000")),
    ("port-limit", ev('io:format("~p~n", [erlang:system_info(port_limit)]), halt().', "+Q", "2000")),
    ("async-threads", ev("halt(0).", "+A", "4", "+K", "true", "+sbt", "db", "+swt", "low", "+hms", "500")),
    ("heap-flags", ev('io:format("~p~n", [erlang:system_info(min_heap_size)]), halt().', "+hms", "1000")),
    ("encoding", ev('io:format("~p~n", [file:native_name_encoding()]), halt().', "+fnl")),
    ("printable", ev('io:format("~p~n", [[955]]), halt().', "+pc", "unicode")),
    ("plus-unknown", ev("halt().", "+frob"), {"stderr": "any"}),
    ("plus-bad-number", ev("halt().", "+P", "many")),
    ("plus-bad-schedulers", ev("halt().", "+S", "x")),
    ("plus-zero-schedulers", ev("halt().", "+S", "0:0")),
    ("version", ["erl", "+V"], {"stderr": "any"}),
    ("unicode-out", ev('io:format("h\\x{e9}\\x{3bb}~ts~n", ["\\x{3bb}"]), halt().')),
    ("stderr", ev('io:format(standard_error, "to stderr~n", []), halt().'), {"stderr": "all"}),
    ("logger-error", ev('logger:set_handler_config(default, formatter, {logger_formatter, #{template => [level, " ", msg, "\\n"]}}), logger:error("an error"), timer:sleep(50), halt().')),
    ("sigterm", ev('os:cmd("kill -TERM " ++ os:getpid()), timer:sleep(5000), halt(9).', "-kernel", "logger_level", "none")),
    ("sigquit", ev('os:cmd("kill -QUIT " ++ os:getpid()), timer:sleep(5000), halt(9).', "-kernel", "logger_level", "none")),
    ("sigusr1", ev('os:cmd("kill -USR1 " ++ os:getpid()), timer:sleep(5000), halt(9).', "-kernel", "logger_level", "none", "-env", "ERL_CRASH_DUMP", "/dev/null"), {"stderr": "any"}),
    ("signal-default", ev('os:set_signal(sighup, ignore), os:cmd("kill -HUP " ++ os:getpid()), io:format("alive~n"), os:set_signal(sigusr2, default), os:cmd("kill -USR2 " ++ os:getpid()), timer:sleep(5000), halt(9).')),
    ("signal-handle", ev('os:set_signal(sighup, handle), os:set_signal(sigalrm, handle), os:cmd("kill -HUP " ++ os:getpid()), os:cmd("kill -ALRM " ++ os:getpid()), timer:sleep(100), io:format("alive~n"), halt(9).', "-kernel", "logger_level", "none")),
    ("heart", ev('io:format("~p~n", [heart:get_cmd()]), heart:set_cmd("true"), io:format("~p~n", [heart:get_cmd()]), heart:clear_cmd(), halt(0).', "-heart"), {"stderr": "any"}),
    ("abort-init", ev('init ! {crash, me}, timer:sleep(10), halt(4).')),
    ("erlc-good", ["erlc", "good.erl"]),
    ("erlc-define", ["erlc", "-DV=5", "-o", "out", "+debug_info", "good.erl"]),
    ("erlc-warn", ["erlc", "warn.erl"]),
    ("erlc-werror", ["erlc", "-Werror", "warn.erl"]),
    ("erlc-nowarn", ["erlc", "-W0", "warn.erl"]),
    ("erlc-bad", ["erlc", "bad.erl"]),
    ("erlc-none", ["erlc", "none.erl"]),
    ("erlc-many", ["erlc", "good.erl", "m.erl", "bad.erl"]),
    ("erlc-S", ["erlc", "-S", "good.erl"]),
    ("erlc-P", ["erlc", "-P", "good.erl"]),
    ("erlc-E", ["erlc", "-E", "good.erl"]),
    ("erlc-help", ["erlc", "-help"]),
    ("erlc-nothing", ["erlc"]),
    ("erlc-unknown", ["erlc", "-nonsense", "good.erl"]),
    ("erlc-suffix", ["erlc", "input"]),
    ("erlc-include", ["erlc", "-I", "hrl", "inc.erl"]),
    ("erlc-include-joined", ["erlc", "-Ihrl", "inc.erl"]),
    ("erlc-no-include", ["erlc", "inc.erl"]),
    ("erlc-depend", ["erlc", "-I", "hrl", "-M", "inc.erl"]),
    ("erlc-depend-file", ["erlc", "-I", "hrl", "-MF", "out/deps", "-MT", "some target", "inc.erl"]),
    ("erlc-depend-quoted", ["erlc", "-I", "hrl", "-M", "-MQ", "a$b", "-MP", "inc.erl"]),
    ("erlc-depend-missing", ["erlc", "-M", "-MG", "inc.erl"]),
    ("erlc-depend-beside", ["erlc", "-I", "hrl", "-MD", "inc.erl"]),
    ("erlc-depend-and-compile", ["erlc", "-I", "hrl", "-MMD", "inc.erl"]),
    ("erlc-type", ["erlc", "-b", "beam", "good.erl"]),
    ("erlc-type-asm", ["erlc", "-b", "S", "good.erl"]),
    ("erlc-core", ["erlc", "+to_core", "good.erl"]),
    ("erlc-from-core", ["erlc", "core.core"]),
    ("erlc-asm", ["sh", "-c", "erlc -S good.erl && erlc good.S"]),
    ("erlc-leex", ["erlc", "lex.xrl"]),
    ("erlc-yecc", ["erlc", "-o", "out", "gram.yrl"]),
    ("erlc-verbose", ["erlc", "-v", "good.erl"]),
    ("erlc-wall", ["erlc", "-Wall", "exp.erl"]),
    ("erlc-level", ["erlc", "-W2", "warn.erl"]),
    ("erlc-level-bad", ["erlc", "-Wx", "warn.erl"]),
    ("erlc-term", ["erlc", "+export_all", "+{d,'V',7}", "+nowarn_unused_function", "exp.erl"]),
    ("erlc-term-bad", ["erlc", "+{", "good.erl"]),
    ("erlc-path", ["erlc", "-pa", "out", "-pz", "hrl", "good.erl"]),
    ("erlc-strict-features", ["erlc", "feature.erl"]),
    ("erlc-enable-feature", ["erlc", "-enable-feature", "maybe_expr", "good.erl"]),
    ("erlc-disable-feature", ["erlc", "-disable-feature", "nothing", "good.erl"]),
    ("erlc-list-features", ["erlc", "-list-features"]),
    ("erlc-describe-feature", ["erlc", "-describe-feature", "maybe_expr"]),
    ("erlc-unwritable", ["erlc", "-o", "no/such/folder", "good.erl"]),
    ("erlc-emulator-flags", ["erlc", "+brief", "-Dx", "bad.erl"]),
    ("escript", ["escript", "script", "a", "b c"]),
    ("escript-module", ["escript", "mod_script"]),
    ("escript-module-halt", ["escript", "mod_script", "a", "-b", "--", "c"], {"stderr": "all"}),
    ("escript-module-value", ["escript", "mod_script", "bad"]),
    ("escript-throw", ["escript", "mod_script", "throw"]),
    ("escript-interpret", ["escript", "-i", "mod_script"]),
    ("escript-warning", ["escript", "warn_script"], {"stderr": "all"}),
    ("escript-warning-check", ["escript", "-s", "warn_script"]),
    ("escript-wrong", ["escript", "wrong_script"]),
    ("escript-no-main", ["escript", "no_main"]),
    ("escript-unicode", ["escript", "unicode_script", "\u00e4"]),
    ("escript-no-arguments", ["escript"]),
    ("escript-unknown", ["escript", "-x", "script"]),
    ("escript-debug", ["escript", "-c", "-n", "script", "y"]),
    ("escript-fail", ["escript", "script", "fail"]),
    ("escript-exit", ["escript", "script", "exit", "17"]),
    ("escript-none", ["escript", "nothing"]),
    ("escript-check", ["escript", "-s", "script"]),
    ("escript-compiled", ["escript", "-c", "script", "x"]),
]


def clean(data, folder):
    """Without what differs by nature: the folder, pids, dates and the names of crash dumps."""
    text = data.decode(errors="replace").replace(str(folder), "DIR")
    text = re.sub(r"<\d+\.\d+\.\d+>", "<pid>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:[+-]\d\d:\d\d)?", "TIME", text)
    return re.sub(r"(Crash dump is being written to: )\S+", r"\1FILE", text)


def perform(command, options, folder, program, timeout):
    """Runs one case in a fresh folder; returns (how it ended, standard output, standard error, the files it made)."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    shutil.copy(OUT / "m.beam", folder)
    stdin = open(folder / options["stdin"], "rb") if "stdin" in options else None
    env = options.get("env")
    if command[0] == "sh":  # finds the programs on its path
        env = {**os.environ, **(env or {}), "PATH": f"{program.parent}:{os.environ['PATH']}"}
        program = "sh"
    outcome = run([program, *command[1:]], timeout, cwd=folder, env=env, **({"stdin": stdin} if stdin else {}))
    if stdin:
        stdin.close()
    made = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name not in FILES)
    return outcome.ended(), clean(outcome.out, folder), clean(outcome.err, folder), made


def stderr_part(text, options):
    """What of standard error is compared: its first line, all of it, or only whether there is any."""
    part = options.get("stderr", "first line")
    lines = text.strip().splitlines()
    if part == "all":
        return text
    return bool(lines) if part == "any" else (lines or [""])[0].strip()


def problem_of(case, preset):
    name, command, options = case[0], case[1], case[2] if len(case) > 2 else {}
    timeout = 30 * harness.SLOWDOWN[preset]
    want = perform(command, options, OUT / f"{name}-real", REAL / command[0], 60)
    got = perform(command, options, OUT / f"{name}-joist", harness.bin_dir(preset) / command[0], timeout)
    for what, a, b in zip(("end", "standard output", "standard error", "files"), want, got):
        if what == "standard error":
            a, b = stderr_part(a, options), stderr_part(b, options)
        if a != b:
            return f"{what}\n  real:  {a[-500:]!r}\n  joist: {b[-500:]!r}\n  standard error: {got[2][-500:]!r}"
    return None


def check(results, preset, jobs, pending):
    """Runs the cases; those that `pending` names (command-line/NAME) are known failures."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "m.erl").write_text(FILES["m.erl"])
    run([harness.ERLC, "-o", OUT, OUT / "m.erl"], 60)
    chosen = [case for case in CASES if results.wants(f"command-line/{case[0]}")]
    known = []
    for case, problem in zip(chosen, harness.parallel(lambda c: problem_of(c, preset), chosen, jobs)):
        label = f"command-line/{case[0]}"
        if label in pending and not results.only:
            if problem is None:
                results.add(label, "passes now: take it out of tests/erl/pending.txt")
            else:
                known.append(label)
        else:
            results.add(label, problem)
    if known:
        harness.say(f"  {len(known)} known failures: {' '.join(known)}")
