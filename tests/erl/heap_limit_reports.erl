%% A process that may grow beyond its max_heap_size reports that after each collection, and goes on.
-module(heap_limit_reports).
-export([main/1, log/2]).

main(_) ->
    ok = logger:set_primary_config(level, error),
    ok = logger:remove_handler(default),
    ok = logger:add_handler(reports, ?MODULE, #{config => self()}),
    defaults(),
    [grows(Options) || Options <- [#{size => 1024, kill => false}, #{size => 1024, kill => false, error_logger => false}, #{size => 1024}, 1024, #{size => 1024, error_logger => false}]].

%% What an option leaves open is as the system flag says, whatever the process had.
defaults() ->
    Waits = fun() -> receive after infinity -> ok end end,
    [begin
        erlang:system_flag(max_heap_size, Flag),
        Limited = spawn_opt(Waits, [{max_heap_size, Option}]),
        Old = process_flag(max_heap_size, Option),
        io:format("~p ~p: ~p~n", [Flag, Option, [process_info(P, max_heap_size) || P <- [Limited, spawn(Waits), self()]]]),
        process_flag(max_heap_size, Old)
     end || Flag <- [#{size => 0, kill => false}, #{size => 0, error_logger => false}, 100000000, #{size => 0, kill => true, error_logger => true}],
            Option <- [10000000, #{size => 10000000}, #{size => 10000000, kill => true}, #{size => 0, error_logger => true}, 0]].

grows(Options) ->
    Steps = [233, 500, 1000, 1037, 3000],  % of words left when a step's heap is full: several
    {Pid, Monitor} = spawn_opt(fun() -> [grow(N, 20, []) || N <- Steps] end, [monitor, {max_heap_size, Options}]),
    receive {'DOWN', Monitor, process, Pid, Why} -> io:format("~p ~p, reported: ~p~n", [Options, Why, reported(Pid, false, 100)]) end.

grow(_, 0, List) -> length(List);
grow(N, Times, List) -> grow(N, Times - 1, [lists:seq(1, N) | List]).

%% At least once, or never.
reported(Pid, Before, Time) ->
    receive {reported, Pid} -> reported(Pid, true, 0) after Time -> Before end.

log(#{msg := {_, [Pid | _]}, level := error}, #{config := Main}) when is_pid(Pid) -> Main ! {reported, Pid};
log(#{}, _) -> ok.
