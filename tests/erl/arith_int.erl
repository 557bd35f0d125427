%% Integer arithmetic around the borders of small integers, in both directions.
-module(arith_int).
-export([main/1]).

borders() ->
    Powers = [(1 bsl N) + D || N <- [0, 1, 7, 8, 15, 27, 28, 31, 32, 58, 59, 60, 61, 62, 63, 64, 65, 127, 128], D <- [-1, 0, 1]],
    lists:usort([0, -1, 7, -7, 1000000007 | Powers ++ [-P || P <- Powers]]).

main(_) ->
    Bs = borders(),
    io:format("~p borders~n", [length(Bs)]),
    io:format("~w~n", [Bs]),
    [io:format("~w ~w: ~w ~w ~w~n", [A, B, A + B, A - B, A * B]) || A <- Bs, B <- Bs, (A + B) rem 5 =:= 0],
    [io:format("~w ~w: ~w ~w~n", [A, B, A div B, A rem B]) || A <- Bs, B <- Bs, B =/= 0, (A - B) rem 7 =:= 0],
    io:format("~w~n", [[{-A, abs(A), +A} || A <- Bs]]),
    io:format("hash ~w~n", [erlang:phash2([{A + B, A - B, A * B} || A <- Bs, B <- Bs])]),
    io:format("hash ~w~n", [erlang:phash2([{A div B, A rem B} || A <- Bs, B <- Bs, B =/= 0])]),
    io:format("~w~n", [[fib(N) || N <- [0, 1, 2, 10, 20, 90, 91, 92, 93, 94, 150]]]),
    io:format("~w~n", [sum(1, 100000, 0)]),
    io:format("~w~n", [[is_small(A) || A <- [1 bsl 59 - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1]]]),
    io:format("~w~n", [[min(A, B) || A <- [1, 2.0, a], B <- [1.0, 2, "x"]]]),
    io:format("~w~n", [[max(A, B) || A <- [1, 2.0, a], B <- [1.0, 2, "x"]]]).

is_small(X) -> is_integer(X) andalso X =:= (X + 1) - 1.

fib(N) -> fib(N, 0, 1).
fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

sum(I, N, S) when I > N -> S;
sum(I, N, S) -> sum(I + 1, N, S + I * I).
