%% Integers of any size: powers, factorials, long division, gcd, conversion to text and back.
-module(arith_big).
-export([main/1]).

main(_) ->
    F = [fact(N) || N <- [20, 21, 25, 30, 50, 100, 200]],
    [io:format("~w~n", [X]) || X <- F],
    F1000 = fact(1000),
    io:format("1000! ~w ~w~n", [erlang:phash2(F1000), length(integer_to_list(F1000))]),
    io:format("~w~n", [[F1000 div fact(N) rem 1000000007 || N <- lists:seq(990, 1000)]]),
    io:format("~w~n", [divisions([{pow(10, A) + B, pow(7, C) - B} || A <- [20, 40, 80, 300], B <- [-3, 0, 5], C <- [10, 30, 60, 100]])]),
    io:format("~w~n", [divisions([{-(pow(10, A) + B), pow(7, C) - B} || A <- [20, 300], B <- [-3, 5], C <- [10, 100]])]),
    io:format("~w~n", [divisions([{pow(10, A) + B, -(pow(7, C) - B)} || A <- [20, 300], B <- [-3, 5], C <- [10, 100]])]),
    io:format("~w~n", [gcd(fact(60), pow(2, 100) * pow(3, 5))]),
    io:format("~w~n", [[integer_to_list(pow(-3, N), B) || N <- [41, 80], B <- [2, 8, 16, 36]]]),
    io:format("~w~n", [[list_to_integer(integer_to_list(X, B), B) =:= X || X <- F, B <- lists:seq(2, 36)]]),
    io:format("~w~n", [[binary_to_integer(integer_to_binary(-X)) =:= -X || X <- F]]),
    io:format("~w~n", [isqrt(pow(10, 101))]),
    io:format("~w~n", [[X - X || X <- F]]),
    io:format("~w~n", [[X =:= X + 1 - 1 || X <- F]]),
    io:format("~w~n", [[{X < Y, X == Y, X > Y} || X <- F, Y <- [pow(2, 64), pow(2, 200), -pow(2, 200), 1.0e30, 1.0e300]]]),
    io:format("~w~n", [pow_mod(3, fact(30), pow(10, 60) + 7)]),
    Big = pow(2, 20000) - 1,
    io:format("~w ~w~n", [erlang:phash2(Big * Big), Big * Big rem 1000003]),
    io:format("~w~n", [erlang:phash2(integer_to_binary(Big))]),
    io:format("~w~n", [binary_to_integer(integer_to_binary(Big)) =:= Big]),
    io:format("~w~n", [[t:try_it(fun() -> list_to_integer(S) end) || S <- ["", "-", "+7", "-0", "12a", " 1", "99999999999999999999", "-99999999999999999999"]]]),
    io:format("~w~n", [[t:try_it(fun() -> list_to_integer(S, B) end) || {S, B} <- [{"zz", 36}, {"2", 2}, {"-FF", 16}, {"ff", 16}, {"1", 1}, {"1", 37}]]]).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

pow(_, 0) -> 1;
pow(B, N) when N rem 2 =:= 0 -> H = pow(B, N div 2), H * H;
pow(B, N) -> B * pow(B, N - 1).

divisions(Pairs) -> [begin Q = A div B, R = A rem B, {Q, R, Q * B + R =:= A} end || {A, B} <- Pairs].

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

isqrt(N) -> isqrt(N, N).
isqrt(N, X) ->
    case (X + N div X) div 2 of
        Y when Y < X -> isqrt(N, Y);
        _ -> X
    end.

pow_mod(_, 0, _) -> 1;
pow_mod(B, E, M) when E band 1 =:= 0 -> pow_mod(B * B rem M, E bsr 1, M);
pow_mod(B, E, M) -> B * pow_mod(B, E - 1, M) rem M.
