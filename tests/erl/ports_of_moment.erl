%% erlang:ports/0 shows the ports of one moment, while a process closes old ones and opens others, far behind them in the table.
-module(ports_of_moment).
-export([main/1]).

main(_) ->
    Before = erlang:ports(),
    Old = [open() || _ <- lists:seq(1, 1000)],
    Others = [open() || _ <- lists:seq(1, 8000)],
    Self = self(),
    Traffic = spawn_link(fun() -> receive Old -> Self ! traffic(Old, []), receive never -> ok end end end),
    [erlang:port_connect(P, Traffic) || P <- Old],
    Traffic ! Old,
    Snapshots = [erlang:ports() || _ <- lists:seq(1, 30)],
    Events = receive E when is_list(E) -> E end,
    %% Every moment's ports as a sum, which no two moments share.
    Sums = lists:foldl(fun({What, P}, [S | _] = All) -> [change(What, S, P) | All] end, [sum(Before ++ Old ++ Others)], lists:reverse(Events)),
    Moments = maps:from_keys(Sums, true),
    io:format("~p of no moment~n", [length([S || S <- Snapshots, not is_map_key(sum(S), Moments)])]).

open() -> open_port({spawn_driver, "ram_file_drv"}, []).

traffic([], Events) -> Events;
traffic([P | Old], Events) ->
    port_close(P),
    Opened = open(),
    traffic(Old, [{opened, Opened}, {closed, P} | Events]).

sum(Ports) -> lists:sum([number(P) || P <- Ports]).
change(opened, Sum, P) -> Sum + number(P);
change(closed, Sum, P) -> Sum - number(P).
number(P) -> "#Port<0." ++ N = port_to_list(P), {I, _} = string:to_integer(N), erlang:phash2(I).
