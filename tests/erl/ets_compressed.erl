%% Compressed tables: smaller, otherwise as other tables.
-module(ets_compressed).
-export([main/1]).

main(_) -> [table(Type, Pos) || Type <- [set, ordered_set, bag, duplicate_bag], Pos <- [1, 2]], sizes(), updates(), others().

terms() ->
    [a, 1, -1, 1 bsl 59, -(1 bsl 60), 1 bsl 70, -(1 bsl 200), 1.5, 1.0e300, -0.0, "a string", [], [a | b], {}, {a, {b, [c]}}, <<>>, <<"small">>,
     <<1:3>>, binary:copy(<<"large">>, 50), #{}, #{a => 1, "k" => [v]}, maps:from_list([{I, {I}} || I <- lists:seq(1, 100)]), self(),
     fun lists:map/2, make_ref(), lists:seq(1, 300)].

table(Type, Pos) ->
    C = ets:new(c, [Type, compressed, {keypos, Pos}]),
    P = ets:new(p, [Type, {keypos, Pos}]),
    Os = [{I, {key, I rem 7}, V, [V, V], I} || {I, V} <- lists:enumerate(terms())],
    [begin ets:insert(T, Os), ets:insert(T, lists:nth(3, Os)), ets:insert(T, [{X, Y, <<"again">>} || {X, Y, _, _, _} <- lists:sublist(Os, 4)]) end || T <- [C, P]],
    Same = fun(F) -> lists:sort(F(C)) =:= lists:sort(F(P)) end,
    t:show([Type, Pos, ets:info(C, compressed), ets:info(C, size) =:= ets:info(P, size),
            Same(fun ets:tab2list/1),
            Same(fun(T) -> ets:match_object(T, {'_', '_', "a string", '_', '_'}) end),
            Same(fun(T) -> ets:select(T, [{{'$1', '$2', '$3', '_', '_'}, [{'>', '$1', 3}], [{{'$3', '$2'}}]}]) end),
            Same(fun(T) -> ets:match(T, {'$1', '_', '$2'}) end),
            [Same(fun(T) -> ets:lookup(T, K) end) || K <- [1, 5, {key, 1}, {key, 9}]],
            [Same(fun(T) -> [catch ets:lookup_element(T, K, 3)] end) || K <- [2, 8, {key, 2}, none]],
            Same(fun(T) -> [catch ets:lookup_element(T, 1, 9)] end)]),
    [ets:delete_object(T, lists:nth(7, Os)) || T <- [C, P]],
    [ets:delete(T, element(Pos, lists:nth(9, Os))) || T <- [C, P]],
    t:show([ets:select_delete(T, [{{'$1', '_', '_', '_', '_'}, [{'<', '$1', 3}], [true]}]) || T <- [C, P]]),
    Type =/= bag andalso t:show([ets:select_replace(T, [{{'$1', '$2', '$3', '_', '$4'}, [{is_list, '$3'}], [{{'$1', '$2', replaced, {const, ["new"]}, '$4'}}]}]) || T <- [C, P]]),
    t:show([Same(fun ets:tab2list/1), Same(fun(T) -> ets:take(T, element(Pos, lists:nth(11, Os))) end), Same(fun ets:tab2list/1)]),
    t:show([ets:foldl(fun(O, A) -> A + tuple_size(O) end, 0, T) || T <- [C, P]]).

sizes() ->
    Fill = fun(T) -> ets:insert(T, [{I, lists:seq(1, 50), "text of an object", {a, I, [b, c]}} || I <- lists:seq(1, 500)]), ets:info(T, memory) end,
    C = ets:new(c, [compressed]),
    Full = Fill(C),
    t:show([Full * 2 < Fill(ets:new(p, [])), ets:info(C, memory) =:= Full]),
    [ets:insert(C, {I}) || I <- lists:seq(1, 500)],
    t:show(ets:info(C, memory) < Full),
    ets:delete_all_objects(C),
    t:show(ets:info(C, memory) =:= ets:info(ets:new(e, [compressed]), memory)).

updates() ->
    T = ets:new(c, [compressed]),
    ets:insert(T, {k, 1, lists:seq(1, 40), 10}),
    t:show([ets:update_counter(T, k, 5), ets:update_counter(T, k, [{2, 3}, {4, 1 bsl 80}]), ets:update_element(T, k, {3, lists:seq(1, 3)}),
            ets:lookup(T, k), ets:update_element(T, k, [{3, lists:seq(5, 90)}, {2, x}]), ets:lookup_element(T, k, 2), length(ets:lookup_element(T, k, 3)),
            ets:update_counter(T, n, {2, 1}, {n, 0, "default of a new object"}), ets:lookup(T, n)]).

others() ->
    T = ets:new(c, [compressed, public, ordered_set]),
    Parent = self(),
    [spawn_link(fun() -> [ets:insert(T, {{P, I}, lists:seq(I, I + 20)}) || I <- lists:seq(1, 100)], Parent ! done end) || P <- lists:seq(1, 4)],
    [receive done -> ok end || _ <- lists:seq(1, 4)],
    t:show([ets:info(T, size), lists:all(fun({{_, I}, L}) -> L =:= lists:seq(I, I + 20) end, ets:tab2list(T))]),
    File = filename:join(os:getenv("TMPDIR", "/tmp"), "ets_compressed." ++ os:getpid()),
    t:show(ets:tab2file(T, File)),
    {ok, U} = ets:file2tab(File),
    file:delete(File),
    t:show([ets:info(U, compressed), ets:tab2list(U) =:= ets:tab2list(T)]).
