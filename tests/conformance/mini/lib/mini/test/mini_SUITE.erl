%% What a suite can do to its runner: pass, fail, skip, comment, hang, leave processes and programs behind. See ../../../../tool_test.py.
-module(mini_SUITE).
-include_lib("common_test/include/ct.hrl").
-compile([export_all, nowarn_export_all]).

suite() ->
    [{ct_hooks, []}, {timetrap, {minutes, 1}}].

all() ->
    [passes, fails, skips, comments, hangs, reaches_timetrap, {group, outer}, {group, rotten}, has_program, leaves_program].

groups() ->
    [{outer, [], [passes, {group, inner}]},
     {inner, [parallel], [in_parallel, also_in_parallel]},
     {rotten, [], [never_runs]}].

init_per_group(rotten, _) -> error(rotten);
init_per_group(_, Config) -> Config.

end_per_group(_, _) -> ok.

init_per_testcase(_, Config) -> [{noted, true} | Config].

end_per_testcase(_, _) -> ok.

passes(Config) ->
    true = ?config(noted, Config),
    ok = file:write_file(filename:join(?config(priv_dir, Config), "a"), "b").

fails(_) ->
    ct:fail("as it should").

skips(_) ->
    {skip, "not today"}.

comments(_) ->
    {comment, "all is well"}.

hangs(_) ->
    process_flag(trap_exit, true),
    receive never -> ok end.

reaches_timetrap(_) ->
    ct:timetrap(100),
    receive never -> ok end.

in_parallel(_) -> ok.

also_in_parallel(_) -> ok.

never_runs(_) -> ok.

%% The port program of the data folder was built.
has_program(Config) ->
    Port = open_port({spawn_executable, filename:join(?config(data_dir, Config), "hello")}, [binary, exit_status]),
    <<"hello">> = receive {Port, {data, Data}} -> Data end,
    0 = receive {Port, {exit_status, Status}} -> Status end,
    ok.

%% The runner ends this one.
leaves_program(_) ->
    _ = open_port({spawn, "setsid sleep 987654"}, []),
    ok.
