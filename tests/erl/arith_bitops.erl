%% band bor bxor bnot bsl bsr on small and big integers of both signs: two's complement of any width.
-module(arith_bitops).
-export([main/1]).

values() ->
    [0, 1, -1, 5, -5, 255, -256, 1 bsl 31, -(1 bsl 31), 1 bsl 59, -(1 bsl 59), 1 bsl 60 - 1, 1 bsl 63, -(1 bsl 63),
     1 bsl 64, -(1 bsl 64), 1 bsl 64 - 1, 1 - (1 bsl 64), 16#123456789ABCDEF0123456789, -16#123456789ABCDEF0123456789,
     (1 bsl 200) - 12345, -(1 bsl 200) + 12345].

main(_) ->
    Vs = values(),
    [io:format("~w ~w: ~w ~w ~w~n", [A, B, A band B, A bor B, A bxor B]) || A <- Vs, B <- Vs, A =< B],
    [io:format("~w: ~w ~w~n", [A, bnot A, bnot bnot A =:= A]) || A <- Vs],
    [io:format("~w bsl/bsr ~w: ~w ~w~n", [A, S, A bsl S, A bsr S]) ||
        A <- Vs, S <- [0, 1, 7, 31, 32, 59, 60, 63, 64, 65, 128, 300, -1, -64, -300]],
    io:format("~w~n", [[{A bsr (1 bsl 70), A bsl -(1 bsl 70)} || A <- Vs]]),
    io:format("~w~n", [[0 bsl (1 bsl 70)]]),
    io:format("~w~n", [[popcount(A) || A <- Vs, A >= 0]]),
    io:format("~w~n", [[A bxor B bxor B =:= A || A <- Vs, B <- Vs]]),
    io:format("~w~n", [xorshift(88172645463325252, 20)]).

popcount(0) -> 0;
popcount(N) -> (N band 1) + popcount(N bsr 1).

xorshift(_, 0) -> [];
xorshift(X0, N) ->
    M = 1 bsl 64 - 1,
    X1 = X0 bxor ((X0 bsl 13) band M),
    X2 = X1 bxor (X1 bsr 7),
    X3 = X2 bxor ((X2 bsl 17) band M),
    [X3 | xorshift(X3, N - 1)].
