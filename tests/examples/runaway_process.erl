%% Fifth classic failure: a process runs away. One spins for ever, one eats memory. The diagnosis: the top of all
%% processes by reductions over an interval and by memory, status and current_stacktrace, system_monitor's large_heap; and
%% that everything else goes on meanwhile. The remedies: a lower priority, suspension, exit(Pid, kill), max_heap_size.
-module(runaway_process).
-export([main/1, spin/1, hoard/2, hoard/1]).

main(_Args) ->
    logger:set_primary_config(level, none),
    spinning(),
    hoarding(),
    monitored(),
    limited().

%% Never waits; to be found below two frames.
spin(N) -> 1 + spin_on(N).

spin_on(N) when N < 0 -> 0;
spin_on(N) -> spin_on((N + 1) band 16#ffff).

spinning() ->
    Spinner = spawn(?MODULE, spin, [0]),
    register(spinner, Spinner),
    io:format("top by reductions: ~p~n", [top_reductions(50)]),
    [{_, Status}, {_, Function}, {_, Queue}] = process_info(Spinner, [status, current_function, message_queue_len]),
    io:format("~p, ~p, queue ~p~n", [lists:member(Status, [running, runnable]), Function, Queue]),
    {current_stacktrace, Stack} = process_info(Spinner, current_stacktrace),
    io:format("stack: ~p~n", [[{M, F, A} || {M, F, A, _} <- Stack]]),
    io:format("others go on: ~p~n", [length([call(fun() -> N end) || N <- lists:seq(1, 100)])]),
    erlang:suspend_process(Spinner),
    io:format("suspended: ~p, at rest: ~p~n", [element(2, process_info(Spinner, status)), at_rest(Spinner)]),
    erlang:resume_process(Spinner),
    io:format("resumed, it runs: ~p~n", [wait(fun() -> not at_rest(Spinner) end)]),
    Monitor = monitor(process, Spinner),
    exit(Spinner, please),
    receive {'DOWN', Monitor, process, _, Reason} -> io:format("ended: ~p~n", [Reason]) end,
    io:format("gone: ~p~n", [process_info(Spinner)]).

%% Reductions of a process stand still when it does not run; answering costs a few.
at_rest(Pid) ->
    {_, Before} = process_info(Pid, reductions),
    timer:sleep(20),
    {_, After} = process_info(Pid, reductions),
    After - Before < 1000.

%% The process that did most in this many milliseconds.
top_reductions(Milliseconds) ->
    Before = maps:from_list(items(reductions)),
    timer:sleep(Milliseconds),
    Work = [{R - maps:get(Pid, Before, 0), Pid} || {Pid, R} <- items(reductions)],
    name(element(2, lists:max(Work))).

items(Item) -> [{Pid, Value} || Pid <- processes(), {_, Value} <- [process_info(Pid, Item)]].

name(Pid) -> case process_info(Pid, registered_name) of {_, Name} -> Name; _ -> none end.

call(Fun) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({ok, Fun()}) end),
    receive {'DOWN', Monitor, process, Pid, {ok, Value}} -> Value end.

%% Keeps all it makes.
hoard(Parent, Size) -> Kept = hoard(Size), Parent ! {self(), full}, receive stop -> length(Kept) end.

hoard(Size) -> [lists:seq(1, 50) || _ <- lists:seq(1, Size)].

hoarding() ->
    Before = erlang:memory(processes),
    Pid = spawn(?MODULE, hoard, [self(), 20000]),
    register(hoarder, Pid),
    receive {Pid, full} -> ok end,
    [{_, Memory}, {_, HeapWords}] = process_info(Pid, [memory, total_heap_size]),
    io:format("top by memory: ~p~n", [name(element(2, lists:max([{M, P} || {P, M} <- items(memory)])))]),
    io:format("memory covers the heap: ~p, and what it keeps: ~p~n",
        [Memory >= HeapWords * erlang:system_info(wordsize), HeapWords >= 20000 * 102]),
    io:format("erlang:memory(processes) tells of it: ~p~n", [erlang:memory(processes) - Before >= 20000 * 102 * 8]),
    garbage_collect(Pid),
    io:format("a collection does not help: ~p~n", [element(2, process_info(Pid, total_heap_size)) >= 20000 * 102]),
    Monitor = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, Reason} -> io:format("ended: ~p~n", [Reason]) end,
    io:format("memory is given back: ~p~n", [wait(fun() -> erlang:memory(processes) - Before < 20000 * 102 * 8 end)]).

wait(Fun) -> Fun() orelse begin timer:sleep(1), wait(Fun) end.

monitored() ->
    undefined = erlang:system_monitor(self(), [{large_heap, 500000}]),
    Pid = spawn(?MODULE, hoard, [self(), 20000]),
    receive {monitor, Pid, large_heap, Info} ->
        io:format("large heap: ~p~n", [lists:sort([Key || {Key, _} <- Info])])
    end,
    erlang:system_monitor(undefined),
    exit(Pid, kill).

limited() ->
    {Pid, Monitor} = spawn_opt(?MODULE, hoard, [self(), 20000], [monitor, {max_heap_size, 300000}]),
    receive {'DOWN', Monitor, process, Pid, Reason} -> io:format("with a limit: ~p~n", [Reason]) end.
