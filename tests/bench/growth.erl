%% Structures of growing size, for `tools/bench --growth`: `erl -run growth run KIND SIZE ROUNDS` makes one of SIZE elements and uses it,
%% ROUNDS times.
-module(growth).
-export([run/1]).

run([Kind, Size, Rounds]) ->
    {Pid, Monitor} = spawn_monitor(fun() -> repeat(list_to_atom(Kind), list_to_integer(Size), list_to_integer(Rounds)) end),
    receive {'DOWN', Monitor, process, Pid, normal} -> erlang:halt(0) end.

repeat(_, _, 0) -> ok;
repeat(Kind, Size, Rounds) -> once(Kind, Size), repeat(Kind, Size, Rounds - 1).

once(lists, N) ->
    L = lists:reverse(lists:seq(1, N)),
    lists:foldl(fun(X, Sum) -> X + Sum end, 0, lists:map(fun(X) -> X + 1 end, L));
once(maps, N) ->
    M = lists:foldl(fun(K, Map) -> Map#{K * 7919 => K} end, #{}, lists:seq(1, N)),
    lists:foldl(fun(K, Sum) -> Sum + map_get(K * 7919, M) end, 0, lists:seq(1, N));
once(mailboxes, N) ->
    [self() ! {message, K} || K <- lists:seq(1, N)],
    [receive {message, _} -> ok end || _ <- lists:seq(1, N)];
once(tables, N) ->
    T = ets:new(t, []),
    [ets:insert(T, {K, K}) || K <- lists:seq(1, N)],
    [ets:lookup(T, K) || K <- lists:seq(1, N)],
    ets:delete(T);
once(processes, N) ->
    Parent = self(),
    Pids = [spawn(fun() -> receive stop -> Parent ! stopped end end) || _ <- lists:seq(1, N)],
    [Pid ! stop || Pid <- Pids],
    [receive stopped -> ok end || _ <- Pids];
once(atoms, N) ->
    Round = erlang:unique_integer([positive]),
    [list_to_atom(integer_to_list(Round) ++ "_" ++ integer_to_list(K)) || K <- lists:seq(1, N)].
