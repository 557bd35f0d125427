%% Long operations on tables take turns with other processes: lists inserted, tables emptied and deleted; killed in the middle.
-module(ets_long).
-export([main/1]).

main(_) -> [inserted(Os) || Os <- [[set], [ordered_set], [bag], [set, {write_concurrency, true}], [duplicate_bag]]], killed(), turns(), forced(), renamed(), owners_exit().

inserted(Options) ->
    T = ets:new(t, [public | Options]),
    List = [{I, I rem 7} || I <- lists:seq(1, 30000)],
    t:show([ets:insert(T, List), ets:info(T, size), ets:insert(T, []), ets:insert_new(T, List), ets:insert_new(T, [{a, 1}, {b, 2}, {c, 3}]),
            ets:insert_new(T, [{x, 1}, {a, 2}]), ets:info(T, size), ets:member(T, x), erlang:phash2(lists:sort(ets:tab2list(T)))]),
    t:show([ets:delete_all_objects(T), ets:info(T, size), ets:info(T, memory) =:= ets:info(ets:new(e, [public | Options]), memory), ets:first(T)]),
    ets:insert(T, List), ets:safe_fixtable(T, true),
    t:show([ets:delete_all_objects(T), ets:info(T, size), ets:insert(T, {1, new}), ets:tab2list(T)]),
    ets:safe_fixtable(T, false),
    t:show([ets:tab2list(T), t:try_it(fun() -> ets:insert(T, [{1}, x]) end), t:try_it(fun() -> ets:insert(T, [{1} | {2}]) end), ets:delete(T)]).

killed() ->
    T = ets:new(t, [public]),
    List = [{I, I} || I <- lists:seq(1, 50000)],
    [begin
         P = spawn(fun() -> ets:insert(T, List), ets:delete_all_objects(T) end),
         timer:sleep(D), exit(P, kill)
     end || D <- [0, 1, 2, 3, 5, 8]],
    timer:sleep(20),
    t:show(lists:member(ets:info(T, size), [0, 50000])),
    ets:insert(T, List), t:show([ets:info(T, size), ets:delete_all_objects(T), ets:info(T, size)]).

%% Another process on the same scheduler gets its turn while a long insert goes on.
turns() ->
    Parent = self(),
    List = [{I, I} || I <- lists:seq(1, 100000)],
    T = ets:new(t, [public]),
    P = spawn_link(fun() -> ets:insert(T, List), Parent ! inserted end),
    monitor(process, P),
    receive inserted -> ok end,
    t:show([ets:info(T, size), ets:lookup(T, 77777)]).

%% The same with turns that are far shorter.
forced() ->
    erts_debug:set_internal_state(available_internal_state, true),
    erts_debug:set_internal_state(ets_force_trap, true),  % notsup in an erl that is no debug build
    [begin
         T = ets:new(t, [Type, public]),
         ets:insert(T, [{I, I} || I <- lists:seq(1, 500)]),
         t:show([ets:info(T, size), ets:select_count(T, [{{'$1', '_'}, [{'>', '$1', 100}], [true]}]), length(ets:match_object(T, {'_', '_'})),
                 ets:select_delete(T, [{{'$1', '_'}, [{'>', '$1', 400}], [true]}]), ets:delete_all_objects(T), ets:info(T, size), ets:delete(T)])
     end || Type <- [set, ordered_set, bag]],
    erts_debug:set_internal_state(ets_force_trap, false),
    erts_debug:set_internal_state(available_internal_state, false).

%% A table that gets another name while a list is being inserted: all is there before, or nothing comes afterwards.
renamed() ->
    Inserter = self(),
    List = [{I} || I <- lists:seq(1, 60000)],
    Owner = spawn_link(fun() ->
        T = ets:new(first_name, [named_table, public]),
        erlang:trace(Inserter, true, [running]),
        Inserter ! {table, ets:whereis(T)},
        receive {trace, Inserter, out, {ets, insert, 2}} -> ok end,
        erlang:trace(Inserter, false, [running]),
        ets:rename(first_name, second_name),
        ets:delete(second_name, 42),
        Inserter ! renamed,
        receive stop -> ok end
    end),
    T = receive {table, Table} -> Table end,
    Inserted = t:try_it(fun() -> ets:insert(first_name, List) end),
    receive renamed -> ok end,
    Expected = case Inserted of {ok, true} -> 59999; {error, badarg} -> 0 end,
    t:show([ets:info(T, size) =:= Expected, ets:lookup(T, 42), ets:whereis(first_name)]),
    Owner ! stop.

%% An owner of many small tables exits in many turns.
owners_exit() ->
    Owner = spawn(fun() -> [ets:insert(ets:new(t, []), {I, I}) || I <- lists:seq(1, 3000)], receive stop -> ok end end),
    erlang:trace(Owner, true, [exiting]),
    Owner ! stop,
    t:show(exit_turns(Owner, 0) > 5).
exit_turns(P, N) ->
    receive
        {trace, P, in_exiting, _} -> exit_turns(P, N + 1);
        {trace, P, out_exiting, _} -> exit_turns(P, N);
        {trace, P, out_exited, _} -> N
    end.
