%% flags: +S 4:4
%% ETS tables under fire: every kind, from several processes, while others walk, fix, rename, give away and delete them.
%% OTP 25's erl crashes or hangs in the storms on bags, so tables.expected says what comes out.
-module(tables).
-export([main/1]).

main(_) ->
    [t:show({Type, Options, storm(Type, Options)}) || Type <- [set, ordered_set, bag, duplicate_bag], Options <- [[], [{write_concurrency, true}, {read_concurrency, true}]]],
    t:show(stress:parallel(1500, [fun owners/0 || _ <- lists:seq(1, 4)] ++ [fun names/0 || _ <- lists:seq(1, 3)])),
    t:show(counters()).

storm(Type, Options) ->
    T = ets:new(t, [Type, public | Options]),
    Writers = [fun() -> write(T, rand:uniform(200)) end || _ <- lists:seq(1, 4)],
    Readers = [fun() -> walk(T) end, fun() -> select(T) end, fun() -> fixed(T) end, fun() -> ets:info(T), ets:foldl(fun(_, N) -> N + 1 end, 0, T) end],
    Reasons = stress:parallel(600, Writers ++ Readers),
    Size = lists:member(Type, [bag, duplicate_bag]) orelse ets:info(T, size) =:= length(ets:tab2list(T)),  % erl miscounts bags here
    ets:delete_all_objects(T),
    Empty = {ets:info(T, size), ets:tab2list(T)},
    ets:delete(T),
    {Reasons, Size, Empty}.

write(T, K) ->
    case rand:uniform(8) of
        1 -> ets:insert(T, {K, lists:seq(1, K rem 10), <<K:800>>});
        2 -> ets:insert(T, [{X, x, y} || X <- lists:seq(K, K + 10)]);
        3 -> ets:insert_new(T, {K, new, list_to_binary(lists:duplicate(100, K rem 256))});
        4 -> ets:delete(T, K);
        5 -> ets:take(T, K);
        6 -> ets:match_delete(T, {K, '_', '_'});
        7 -> ets:select_delete(T, [{{'$1', x, '_'}, [{'>', '$1', K}], [true]}]);
        8 -> catch ets:update_element(T, K, {2, [K]})
    end.

walk(T) -> ets:safe_fixtable(T, true), walk(T, ets:first(T)), ets:safe_fixtable(T, false).
walk(_, '$end_of_table') -> ok;
walk(T, K) -> ets:lookup(T, K), ets:member(T, K), walk(T, ets:next(T, K)).

select(T) ->
    chunks(ets:select(T, [{{'$1', '$2', '_'}, [], ['$$']}], 7)),
    ets:select_count(T, [{{'_', x, '_'}, [], [true]}]),
    ets:match_object(T, {rand:uniform(200), '_', '_'}).
chunks('$end_of_table') -> ok;
chunks({_, C}) -> chunks(ets:select(C)).

fixed(T) ->
    {P, M} = spawn_monitor(fun() -> ets:safe_fixtable(T, true), ets:first(T), exit(left_it_fixed) end),
    receive {'DOWN', M, process, P, left_it_fixed} -> ok end.

%% Tables change hands and die with their owners, while others use them.
owners() ->
    Self = self(),
    {P, M} = spawn_monitor(fun() ->
        T = ets:new(owned, [public, {heir, Self, heritage}]),
        ets:insert(T, [{N, <<N:256>>} || N <- lists:seq(1, 50)]),
        Self ! {table, T},
        case rand:uniform(3) of
            1 -> ok;
            2 -> ets:give_away(T, Self, gift);
            3 -> ets:setopts(T, {heir, none})
        end
    end),
    T = receive {table, X} -> X end,
    Users = [spawn_monitor(fun() -> catch [begin ets:insert(T, {N}), ets:lookup(T, N), ets:info(T, owner) end || N <- lists:seq(1, 100)] end) || _ <- [1, 2]],
    receive {'DOWN', M, process, P, _} -> ok end,
    receive {'ETS-TRANSFER', T, P, _} -> ok after 0 -> ok end,
    catch ets:delete(T),
    [receive {'DOWN', UM, process, U, _} -> ok end || {U, UM} <- Users].

names() ->
    Name = lists:nth(rand:uniform(3), [stress_a, stress_b, stress_c]),
    try
        T = ets:new(Name, [named_table, public, ordered_set]),
        ets:insert(T, {x, 1}),
        catch ets:rename(Name, stress_d),
        catch ets:delete(stress_d),
        catch ets:delete(Name)
    catch
        error:badarg -> catch ets:lookup(Name, x), catch ets:insert(Name, {y, 2}), ets:whereis(Name)
    end.

counters() ->
    [begin
        T = ets:new(c, [Type, public, {write_concurrency, true}]),
        ets:insert(T, {n, 0}),
        Ps = [spawn_monitor(fun() -> [ets:update_counter(T, n, 1) || _ <- lists:seq(1, 2000)] end) || _ <- lists:seq(1, 4)],
        [receive {'DOWN', M, process, P, normal} -> ok end || {P, M} <- Ps],
        ets:lookup(T, n)
    end || Type <- [set, ordered_set]].
