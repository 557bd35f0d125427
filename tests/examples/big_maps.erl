%% Maps of 1 to 1,000,000 keys: building, reading, updating, removing, comparing, hashing, iterating.
%% timeout: 60
-module(big_maps).
-export([main/1]).

main(_Args) ->
    [size_of(N) || N <- [1, 2, 10, 31, 32, 33, 100, 1000, 10000, 100000, 1000000]].

size_of(N) ->
    M = maps:from_list([{key(I), I} || I <- lists:seq(1, N)]),
    Sum = lists:foldl(fun(I, S) -> S + maps:get(key(I), M) end, 0, lists:seq(1, N)),
    Updated = lists:foldl(fun(I, Acc) -> Acc#{key(I) := -I} end, M, lists:seq(1, N, max(1, N div 1000))),
    Smaller = lists:foldl(fun(I, Acc) -> maps:remove(key(I), Acc) end, M, lists:seq(1, N, 2)),
    Folded = maps:fold(fun(_, V, S) -> S + V end, 0, Updated),
    io:format("~w keys: sum ~w, updated ~w, removed to ~w, missing ~w, hash ~w, same again ~w, less ~w~n",
              [map_size(M), Sum, Folded, map_size(Smaller), maps:find(key(N + 1), M), erlang:phash2(M),
               M =:= maps:from_list([{key(I), I} || I <- lists:seq(N, 1, -1)]), Smaller < M]).

key(I) when I rem 3 =:= 0 -> I;
key(I) when I rem 3 =:= 1 -> {I, a};
key(I) -> <<I:32>>.
