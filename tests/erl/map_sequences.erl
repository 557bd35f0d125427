%% Long sequences of operations on maps that grow and shrink over the size at which they change their form, and on the process dictionary.
-module(map_sequences).
-export([main/1]).

main(_) ->
    t:show([{Keys, Seed, maps_of(Keys, Seed)} || Keys <- [10, 40, 300, 3000], Seed <- lists:seq(1, 6)]),
    t:show([dictionary(Seed) || Seed <- lists:seq(1, 6)]).

key(N) ->
    K = rand:uniform(N),
    case K rem 9 of
        0 -> K; 1 -> -K; 2 -> float(K); 3 -> {K}; 4 -> [K | K]; 5 -> <<K:20>>; 6 -> list_to_atom("k" ++ integer_to_list(K)); 7 -> K bsl 62; 8 -> {K, #{K => [K * 1.0]}} end.

maps_of(N, Seed) ->
    rand:seed(exsss, {Seed, N, 4}),
    {Results, Maps} = lists:mapfoldl(fun(_, [A, B, C]) -> step(N, rand:uniform(18), A, B, C) end, [#{}, #{}, #{}], lists:seq(1, 1500)),
    {erlang:phash2(Results), [{map_size(M), erlang:phash2(M), erlang:phash2(maps:to_list(M)) =:= erlang:phash2(lists:zip(maps:keys(M), maps:values(M)))} || M <- Maps]}.

step(N, K, A, B, C) when K =< 5 -> {ok, [A#{key(N) => rand:uniform(100)}, B, C]};
step(N, 6, A, B, C) -> X = key(N), Y = key(N), {ok, [A#{X => 1, Y => 2, X => 3}, B, C]};
step(N, 7, A, B, C) -> X = key(N), {t:try_it(fun() -> map_size(A#{X := 7}) end), [case A of #{X := _} -> A#{X := {new, X}}; _ -> A end, B, C]};
step(N, K, A, B, C) when K =< 10 -> {ok, [maps:remove(key(N), A), B, C]};
step(N, 11, A, B, C) -> {maps:find(key(N), B), [C, A, B]};
step(N, 12, A, _, C) -> X = key(N), {case A of #{X := V} -> V; #{} -> none end, [A, A, C]};
step(_, 13, A, B, C) -> {map_size(A), [maps:merge(A, B), B, C]};
step(N, 14, A, _, C) -> L = [{key(N), I} || I <- lists:seq(1, rand:uniform(60))], M = maps:from_list(L), {erlang:phash2(M), [A, M, C]};
step(N, 15, A, B, C) -> {maps:take(key(N), A), [maps:without([key(N) || _ <- lists:seq(1, 10)], A), B, C]};
step(_, 16, A, B, _) -> {{A =:= B, A == B, A < B, maps:intersect(A, B) =:= maps:with(maps:keys(A), B)}, [A, B, A]};
step(_, 17, A, B, C) -> garbage_collect(), {erlang:phash2(lists:sort([erlang:phash2(E) || E <- through(maps:next(maps:iterator(A)))])), [B, C, A]};
step(_, 18, A, B, C) -> {binary_to_term(term_to_binary(A)) =:= A, [maps:filter(fun(K, V) -> erlang:phash2({K, V}, 10) > 0 end, A), B, C]}.

through(none) -> [];
through({K, V, I}) -> [{K, V} | through(maps:next(I))].

dictionary(Seed) ->
    rand:seed(exsss, {Seed, 5, 5}),
    Random = get(rand_seed),
    erase(),
    put(rand_seed, Random),
    Results = [word(rand:uniform(6)) || _ <- lists:seq(1, 2000)],
    erase(rand_seed),
    {erlang:phash2(Results), erlang:phash2(lists:sort([erlang:phash2(P) || P <- get()])), length(get_keys())}.

word(K) when K =< 3 -> put(key(200), rand:uniform(50));
word(4) -> erase(key(200));
word(5) -> get(key(200));
word(6) -> V = rand:uniform(50), lists:sort([erlang:phash2(X) || X <- get_keys(V)]).
