%% Fourth classic failure: a table that only grows. Sessions are put into it and never taken out, or a table is made for
%% every request and outlives it. The diagnosis: ets:info's size, memory and owner, erlang:memory(ets), the top of all tables
%% by memory, counts by owner; the remedies: deletion by match specification, an owner that dies, an heir that takes over.
-module(leaking_table).
-export([main/1]).

main(_Args) ->
    growing(),
    cleaned(),
    forgotten_tables(),
    inherited().

growing() ->
    sessions = ets:new(sessions, [named_table, public]),
    Empty = ets:info(sessions, memory),
    Before = erlang:memory(ets),
    Steps = [begin
        [ets:insert(sessions, {{session, Round, N}, lists:seq(1, 10), Round}) || N <- lists:seq(1, 2000)],
        {ets:info(sessions, size), ets:info(sessions, memory) - Empty}
    end || Round <- lists:seq(1, 5)],
    io:format("sizes: ~p~n", [[Size || {Size, _} <- Steps]]),
    io:format("memory only grows: ~p~n", [growing([Memory || {_, Memory} <- Steps])]),
    {Size, Memory} = lists:last(Steps),
    io:format("words for a session: about ~p~n", [(Memory div Size) div 10 * 10]),
    io:format("seen in erlang:memory(ets): ~p~n",
        [erlang:memory(ets) - Before >= (Memory * erlang:system_info(wordsize)) * 9 div 10]),
    io:format("largest table: ~p~n", [top_tables(1)]),
    io:format("owner: ~p, protection ~p, ~p~n",
        [ets:info(sessions, owner) =:= self(), ets:info(sessions, protection), ets:info(sessions, type)]),
    Rounds = lists:foldl(fun(R, Acc) -> maps:update_with(R, fun(C) -> C + 1 end, 1, Acc) end, #{},
        ets:select(sessions, [{{'_', '_', '$1'}, [], ['$1']}])),
    io:format("by age: ~p~n", [Rounds]).

growing([A, B | Rest]) -> A < B andalso growing([B | Rest]);
growing([_]) -> true.

%% Only what is old goes; what the table needs without objects is what it needed at its start.
cleaned() ->
    io:format("deleted: ~p~n", [ets:select_delete(sessions, [{{'_', '_', '$1'}, [{'<', '$1', 5}], [true]}])]),
    io:format("left: ~p~n", [ets:info(sessions, size)]),
    Words = ets:info(sessions, memory),
    true = ets:delete_all_objects(sessions),
    io:format("empty: ~p, smaller: ~p~n", [ets:info(sessions, size), ets:info(sessions, memory) < Words]),
    true = ets:delete(sessions),
    io:format("gone: ~p~n", [ets:info(sessions)]).

%% One table a request, and the process that made them lives on.
forgotten_tables() ->
    Self = self(),
    Count = length(ets:all()),
    {Pid, Monitor} = spawn_monitor(fun() ->
        Tables = [ets:new(request, []) || _ <- lists:seq(1, 300)],
        [ets:insert(T, [{N, self()} || N <- lists:seq(1, 20)]) || T <- Tables],
        Self ! made,
        receive stop -> ok end
    end),
    receive made -> ok end,
    io:format("new tables: ~p~n", [length(ets:all()) - Count]),
    Owners = lists:foldl(fun(T, Acc) ->
        case ets:info(T, owner) of
            undefined -> Acc;
            Owner -> maps:update_with(Owner, fun(C) -> C + 1 end, 1, Acc)
        end
    end, #{}, ets:all()),
    {Most, Owner} = lists:max([{C, P} || {P, C} <- maps:to_list(Owners)]),
    io:format("most tables: ~p, owned by the culprit: ~p~n", [Most, Owner =:= Pid]),
    Held = erlang:memory(ets),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, killed} -> ok end,
    wait(fun() -> length(ets:all()) =:= Count end),
    io:format("after its death: ~p tables, memory given back: ~p~n", [length(ets:all()) - Count, wait(fun() -> erlang:memory(ets) < Held end)]).

inherited() ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() ->
        T = ets:new(kept, [{heir, Self, the_table}]),
        ets:insert(T, {answer, 42}),
        Self ! {table, T}
    end),
    T = receive {table, Table} -> Table end,
    receive {'ETS-TRANSFER', T, Pid, Data} -> io:format("inherited as ~p: ~p~n", [Data, ets:tab2list(T)]) end,
    receive {'DOWN', Monitor, process, Pid, normal} -> ok end,
    io:format("owner is now the heir: ~p~n", [ets:info(T, owner) =:= self()]),
    ets:delete(T).

top_tables(N) ->
    All = [{Memory, ets:info(T, name)} || T <- ets:all(), Memory <- [ets:info(T, memory)], is_integer(Memory)],
    [Name || {_, Name} <- lists:sublist(lists:reverse(lists:sort(All)), N)].

wait(Fun) -> Fun() orelse begin timer:sleep(1), wait(Fun) end.
