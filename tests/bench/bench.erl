%% Runs one benchmark: `erl -noshell -pa DIR -run bench run MODULE TIMES`. MODULE:main/0 returns a term that must be
%% equal on every VM; its checksum is printed. TIMES it is called, each time in a new process. Benchmarks of starting the VM itself are in tools/bench.
-module(bench).
-export([run/1]).

run([Name, Times]) ->
    run(list_to_atom(Name), list_to_integer(Times)).

run(Module, Times) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {sum, erlang:phash2(Module:main())} end),
    receive
        {'DOWN', Monitor, process, Pid, normal} when Times > 1 -> receive {sum, _} -> run(Module, Times - 1) end;
        {'DOWN', Monitor, process, Pid, normal} -> receive {sum, Sum} -> io:format("~w~n", [Sum]) end, erlang:halt(0);
        {'DOWN', Monitor, process, Pid, Reason} -> io:format("failed: ~p~n", [Reason]), erlang:halt(1)
    end.
