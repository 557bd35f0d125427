%% flags: +P 1000000
%% timeout: 60
%% 300,000 processes that live at the same time; each answers once.
-module(many_processes).
-export([main/1]).

main(_Args) ->
    Count = 200000 + 100000,
    Self = self(),
    Before = erlang:system_info(process_count),
    case erlang:system_info(process_limit) < Count + 1000 of
        true -> io:format("process limit too low~n");
        false -> ok
    end,
    Pids = [spawn(fun() -> waiter(Self, I) end) || I <- lists:seq(1, Count)],
    io:format("alive: ~w~n", [erlang:system_info(process_count) - Before]),
    io:format("different: ~w~n", [sets:size(sets:from_list(Pids, [{version, 2}]))]),
    [P ! {ask, 7} || P <- Pids],
    io:format("sum: ~w~n", [collect(Count, 0)]),
    Refs = [monitor(process, P) || P <- Pids],
    [P ! stop || P <- Pids],
    [receive {'DOWN', R, process, _, normal} -> ok end || R <- Refs],
    io:format("left: ~w~n", [length([P || P <- Pids, is_process_alive(P)])]).

waiter(Parent, I) ->
    receive
        {ask, X} -> Parent ! {answer, I * X}, waiter(Parent, I);
        stop -> ok
    end.

collect(0, Sum) -> Sum;
collect(N, Sum) -> receive {answer, X} -> collect(N - 1, Sum + X) end.
