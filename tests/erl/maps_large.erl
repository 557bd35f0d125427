%% Large maps: same contents however they were made; insertion, removal, merge, iteration, nesting, hashing, collisions of size.
-module(maps_large).
-export([main/1]).

main(_) ->
    Ks = keys(5000),
    M1 = maps:from_list([{K, {v, K}} || K <- Ks]),
    M2 = lists:foldl(fun(K, M) -> M#{K => {v, K}} end, #{}, lists:reverse(Ks)),
    t:show({map_size(M1), M1 =:= M2, erlang:phash2(M1) =:= erlang:phash2(M2), erlang:phash2(M1)}),
    t:show(lists:sort(maps:to_list(M1)) =:= lists:sort(maps:to_list(M2))),
    t:show([maps:get(K, M1) =:= {v, K} || K <- lists:sublist(Ks, 20)]),
    t:show(lists:all(fun(K) -> maps:is_key(K, M1) end, Ks)),
    M3 = lists:foldl(fun maps:remove/2, M1, lists:sublist(Ks, 4980)),
    t:show({map_size(M3), lists:sort(maps:keys(M3))}),
    M4 = lists:foldl(fun maps:remove/2, M1, Ks),
    t:show({M4, M4 =:= #{}}),
    t:show([map_size(lists:foldl(fun maps:remove/2, M1, lists:sublist(Ks, 5000 - N))) || N <- [31, 32, 33, 34]]),
    At = fun(N) -> maps:from_list([{I, I} || I <- lists:seq(1, N)]) end,
    t:show([At(N) =:= maps:remove(extra, (At(N))#{extra => 1}) || N <- [30, 31, 32, 33, 34]]),
    t:show([erlang:phash2(At(N)) || N <- [0, 1, 31, 32, 33, 34, 1000]]),
    t:show(maps:merge(At(40), #{1 => x, 50 => y}) =:= (At(40))#{1 := x, 50 => y}),
    t:show(map_size(maps:merge(M1, At(100)))),
    t:show(maps:fold(fun(_, V, S) -> S + V end, 0, At(1000))),
    t:show(lists:sum(maps:values(maps:map(fun(_, V) -> V * 2 end, At(1000))))),
    t:show(map_size(maps:filter(fun(K, _) -> K rem 3 =:= 0 end, At(1000)))),
    t:show(iterate(maps:next(maps:iterator(At(500))), 0, 0)),
    t:show(binary_to_term(term_to_binary(M1)) =:= M1),
    t:show(At(64) < At(65)), t:show(At(64) == maps:map(fun(_, V) -> float(V) end, At(64))),
    t:show((At(64))#{1 => 0} < At(64)), t:show((At(64))#{65 => 0} > (At(64))#{66 => 0}),
    t:show(maps:find(500, At(1000))), t:show(maps:find(1500, At(1000))),
    {V, M5} = maps:take(7, At(100)), t:show({V, map_size(M5)}),
    t:show(maps:take(700, At(100))),
    t:show(maps:update_with(5, fun(X) -> X + 100 end, At(50)) =:= (At(50))#{5 := 105}),
    t:show(lists:foldl(fun(I, {M, S}) -> case maps:take(I, M) of {X, R} -> {R, S + X}; error -> {M, S} end end, {At(200), 0}, lists:seq(1, 300, 2)) =:= 
           {maps:filter(fun(K, _) -> K rem 2 =:= 0 end, At(200)), 10000}),
    %% atoms, floats, strings and big integers as keys
    Mixed = maps:from_list([{list_to_atom("k" ++ integer_to_list(I)), I} || I <- lists:seq(1, 500)] ++ [{I * 1.0, I} || I <- lists:seq(1, 500)] ++
        [{integer_to_list(I), I} || I <- lists:seq(1, 500)] ++ [{I bsl 70, I} || I <- lists:seq(1, 500)] ++ [{<<I:32>>, I} || I <- lists:seq(1, 500)]),
    t:show({map_size(Mixed), lists:sum(maps:values(Mixed)), erlang:phash2(Mixed)}),
    t:show([maps:get(K, Mixed) || K <- [k77, 77.0, "77", 77 bsl 70, <<77:32>>]]),
    Self = self(),
    spawn_link(fun() -> Self ! M1 end),
    t:show(receive X -> X =:= M1 end).

keys(N) -> [{I rem 7, I * 7919 rem 100003} || I <- lists:seq(1, N)].

iterate(none, N, S) -> {N, S};
iterate({K, V, I}, N, S) -> iterate(maps:next(I), N + 1, S + K * V).
