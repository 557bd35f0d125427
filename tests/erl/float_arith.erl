%% Floating point: arithmetic, exactness, boxed and self-tagged ranges, conversions.
-module(float_arith).
-export([main/1]).

values() ->
    [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 3.141592653589793, 1.0e10, 1.0e15, 1.0e16, 123456789.123, 1.0e22, 1.0e23,
     1.7976931348623157e308, 2.2250738585072014e-308, 5.0e-324, 1.0e-10, 1.0e-77, 1.0e77, 1.0e78, 5.7e-77, 8.6e-78,
     1.157920892373162e77, 1.1579208923731622e77, 9007199254740992.0, 9007199254740993.0, 4.35, 1.0e100, -1.0e-300].

main(_) ->
    Vs = values(),
    [io:format("~w ~p~n", [V, V]) || V <- Vs],
    [io:format("~w~n", [{A, B, op(fun() -> A + B end), op(fun() -> A - B end), op(fun() -> A * B end), op(fun() -> A / B end)}]) ||
        A <- Vs, B <- Vs, erlang:phash2({A, B}, 4) =:= 0],
    [io:format("~w: ~w~n", [V, [op(fun() -> F(V) end) || F <- [fun erlang:trunc/1, fun erlang:round/1, fun erlang:floor/1,
        fun erlang:ceil/1, fun erlang:abs/1]]]) || V <- Vs],
    io:format("~w~n", [[float(N) || N <- [0, 1, -1, 1 bsl 53, (1 bsl 53) + 1, (1 bsl 53) + 2, (1 bsl 60) + 64, (1 bsl 60) + 65,
        1 bsl 63, 1 bsl 64, (1 bsl 64) - 1, (1 bsl 64) + 2049, -(1 bsl 100), 1 bsl 1023, 10000000000000000000000]]]),
    io:format("~w~n", [[7 / N || N <- [1, 2, 3, 7, -3, 1 bsl 70]]]),
    io:format("~w~n", [[(1 bsl 70) / N || N <- [1, 3, 1 bsl 69, (1 bsl 70) - 1]]]),
    io:format("~w~n", [lists:foldl(fun(I, S) -> S + 1 / I end, 0.0, lists:seq(1, 10000))]),
    io:format("~w~n", [nbody(0.0, 1.0, 0.01, 1000)]),
    io:format("~w~n", [[math:F(X) || F <- [sin, cos, tan, atan, exp, sqrt, sinh, cosh, tanh, asinh], X <- [0.0, 0.5, 1, 2.25]]]),
    io:format("~w~n", [[math:F(X) || F <- [log, log2, log10, ceil, floor], X <- [0.5, 1, 2.25, 1024, 1 bsl 80]]]),
    io:format("~w~n", [[math:pow(A, B) || A <- [2, 1.5, 10], B <- [0, 0.5, -3, 10]]]),
    io:format("~w~n", [[math:atan2(A, B) || A <- [1, -1, 0.0], B <- [1, -2.0]]]),
    io:format("~w~n", [[math:fmod(A, B) || A <- [5.5, -5.5], B <- [2, -2.0]]]),
    io:format("~w ~w ~w ~w~n", [math:pi(), math:erf(0.5), math:erfc(0.5), math:acos(0.5)]),
    io:format("~w~n", [[op(F) || F <- [fun() -> math:sqrt(-1) end, fun() -> math:log(0) end, fun() -> math:pow(0, -1) end,
        fun() -> math:exp(1000) end, fun() -> math:sin(a) end, fun() -> math:acos(2) end, fun() -> math:fmod(1, 0) end]]]).

op(F) -> t:try_it(F).

nbody(X, _, _, 0) -> X;
nbody(X, V, Dt, N) ->
    V1 = V - X * Dt,
    nbody(X + V1 * Dt, V1, Dt, N - 1).
