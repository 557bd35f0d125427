%% Runs one test module: `erl -noshell -pa DIR -run t run MODULE`. Calls MODULE:main([]) in a process of its own, prints
%% an exception that it does not catch, and halts.
-module(t).
-export([run/1, show/1, try_it/1, erl/0, end_of_node/2]).

run([Name]) ->
    group_leader(whereis(user), self()),
    logger:set_primary_config(level, none),  % reports carry times and pids
    Module = list_to_atom(Name),
    {Pid, Monitor} = spawn_monitor(fun() -> run_module(Module) end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> erlang:halt(0);
        {'DOWN', Monitor, process, Pid, Reason} ->
            io:format("main ended: ~p~n", [Reason]),
            erlang:halt(1)
    end.

run_module(Module) ->
    try
        Module:main([])
    catch
        Class:Reason:Stack ->
            io:format("EXCEPTION ~p: ~p~n~p~n", [Class, Reason, Stack]),
            erlang:halt(1)
    end.

%% The program that starts a node of the VM that this one runs on.
erl() ->
    Erl = filename:join(os:getenv("BINDIR", ""), "erl"),
    case filelib:is_regular(Erl) of true -> Erl; false -> os:find_executable("erl") end.

%% Prints a term.
show(Term) -> io:format("~p~n", [Term]).

%% The value of Fun(), or what it raised without the stacktrace.
try_it(Fun) ->
    try
        {ok, Fun()}
    catch
        Class:Reason -> {Class, Reason}
    end.

%% Starts another node, after `Before` in its shell, and waits until it has ended: its exit status and what it said first.
end_of_node(Before, Arguments) ->
    Command = lists:join(" ", ["ulimit -c 0;", Before, "ERL_CRASH_DUMP_SECONDS=0", erl(), "-noshell -pa", filename:dirname(code:which(?MODULE)),
                               filename:join([filename:dirname(code:which(?MODULE)), "..", "erl"]), Arguments]),
    Port = open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", lists:flatten(Command)]}, exit_status, stderr_to_stdout, {line, 1000}, hide]),
    ended(Port, none).

ended(Port, First) ->
    receive
        {Port, {data, {_, Line}}} when First =:= none, Line =/= "" -> ended(Port, Line);
        {Port, {data, _}} -> ended(Port, First);
        {Port, {exit_status, Status}} -> {Status, First}
    end.
