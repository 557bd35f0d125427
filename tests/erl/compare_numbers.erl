%% Integers against floats: comparison is exact where doubles are, and consistent for keys of maps and ordered sets.
-module(compare_numbers).
-export([main/1]).

main(_) ->
    Is = [0, 1, -1, 1 bsl 53, (1 bsl 53) + 1, (1 bsl 53) - 1, (1 bsl 59), (1 bsl 60), (1 bsl 63), (1 bsl 64) + 1, 10000000000000000, 10000000000000001,
          1 bsl 1000, (1 bsl 1000) + 1, 1 bsl 1024, -(1 bsl 1024), 9007199254740993],
    Fs = [0.0, -0.0, 1.0, -1.0, 9007199254740992.0, 9007199254740994.0, 5.764607523034235e17, 1.152921504606847e18, 9.223372036854776e18, 1.0e16,
          1.0715086071862673e301, 1.7976931348623157e308, -1.7976931348623157e308],
    [io:format("~w ~w ~w~n", [I, F, {I < F, I =< F, I == F, I >= F, I > F, I =:= F, F < I}]) || I <- Is, F <- Fs, erlang:phash2({I, F}, 3) =:= 0],
    io:format("~w~n", [erlang:phash2([{I < F, I == F, I > F} || I <- Is, F <- Fs])]),
    io:format("~w~n", [lists:sort(Is ++ Fs)]),
    io:format("~w~n", [lists:usort(Is ++ Fs)]),
    io:format("~w~n", [0.0 == -0.0]),
    io:format("~w~n", [maps:size(maps:from_list([{K, v} || K <- Is ++ Fs, K =/= 0.0]))]),
    io:format("~w~n", [[lists:keyfind(K, 1, [{1.0, f}, {2, i}]) || K <- [1, 1.0, 2, 2.0]]]),
    io:format("~w~n", [[lists:member(K, [1.0, 2]) || K <- [1, 1.0, 2, 2.0]]]),
    io:format("~w~n", [[sel(X) || X <- [1, 1.0, 2, 2.0, 3, 1 bsl 80, float(1 bsl 80)]]]),
    T = ets:new(t, [ordered_set]),
    [ets:insert(T, {K, erlang:is_float(K)}) || K <- [1, 1.0, 2.0, 2, 3]],
    io:format("~w~n", [ets:tab2list(T)]).

sel(1) -> int1;
sel(1.0) -> float1;
sel(2) -> int2;
sel(X) when X == 2 -> equal2;
sel(X) when X > 1000000 -> large;
sel(_) -> other.
