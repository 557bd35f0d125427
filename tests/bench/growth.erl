%% What an element costs in structures of growing size, for `tools/bench --growth`: prints kind, size and nanoseconds of CPU time.
-module(growth).
-export([run/0]).

run() ->
    [io:format("~s ~w ~w~n", [Kind, Size, cost(Kind, Size)]) || Kind <- kinds(), Size <- sizes(Kind)],
    erlang:halt(0).

kinds() -> [lists, maps, mailboxes, tables, processes, atoms].

sizes(Kind) when Kind =:= processes; Kind =:= atoms -> [100, 1000, 10000, 100000];
sizes(_) -> [100, 1000, 10000, 100000, 1000000].

%% The least of three. Of processes, which cost more, and atoms, which cannot be given back, there are fewer.
cost(Kind, Size) ->
    Elements = case Kind of atoms -> 30000; processes -> 200000; _ -> 2000000 end,
    Rounds = max(1, Elements div Size),
    lists:min([measured(Kind, Size, Rounds) || _ <- lists:seq(1, 3)]) * 1000000 div (Size * Rounds).

%% Milliseconds, in a process of its own.
measured(Kind, Size, Rounds) ->
    {Pid, Monitor} = spawn_monitor(fun() ->
        {Before, _} = statistics(runtime),
        repeat(Kind, Size, Rounds),
        {After, _} = statistics(runtime),
        exit({cost, After - Before})
    end),
    receive {'DOWN', Monitor, process, Pid, {cost, Cost}} -> Cost end.

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
