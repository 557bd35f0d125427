%% Instructions that the loader makes of several: results beyond small integers, errors and collections inside of them.
-module(fused_instructions).
-export([main/1]).

main(_) ->
    Max = (1 bsl 60) - 1,
    io:format("~p~n", [[down(N) || N <- [3, 0.5, Max + 2 - Max]]]),
    io:format("~p~n", [[sums(N) || N <- [1, Max, -Max - 1, 1 bsl 70, 2.5]]]),
    [io:format("~p: ~p~n", [T, error_of(fun() -> sums(T) end)]) || T <- [a, [], {1}]],
    [io:format("~p: ~p~n", [T, error_of(fun() -> two(T) end)]) || T <- [a, [b]]],
    io:format("~p~n", [[two(N) || N <- [0, 5, Max, 1.0e300]]]),
    io:format("~p~n", [[parity(N) || N <- [0, 1, -1, -2, Max, (1 bsl 64) + 6, (1 bsl 64) + 1]]]),
    io:format("~p~n", [[in_guard(N) || N <- [4, 5, 1 bsl 64, x, 4.0]]]),
    io:format("~p~n", [error_of(fun() -> parity(x) end)]),
    io:format("~p~n", [[{sign(minus_zero(N)), sign(N + 0), minus_one(N)} || N <- [0, list_to_float("-0.0"), 0.0, 1 bsl 60, -(1 bsl 60), 1.5]]]),
    io:format("~p~n", [[shifted(N) || N <- [0, 1, -1, 100, -100, Max, -Max - 1, 1 bsl 100, -(1 bsl 100)]]]),
    [io:format("~p~n", [error_of(fun() -> F(T) end)]) || F <- [fun shifted/1, fun minus_one/1, fun minus_zero/1], T <- [x, 1.5, []]],
    io:format("~p~n", [length(pairs(200000, []))]),
    io:format("~p ~p~n", [lists:sum(squares(lists:seq(1, 30000))), erlang:phash2(tree(14))]),
    io:format("~p~n", [eight(1, 2, 3, 4, 5, 6, 7, 8)]),
    io:format("~p~n", [[{compare(A, B), A =:= B} || A <- keys(), B <- keys()]]).

down(N) when N < 1 -> {done, N};
down(N) -> down(N - 1).

%% Sums as the first and as a later argument, of local calls in all positions.
sums(N) ->
    A = second(x, N + 1),
    B = first(N - 1),
    [A, B | last(N, 0)].
first(N) -> [N].
second(_, N) -> {N}.
last(N, 2) -> [N];
last(N, K) -> last(N, K + 1).

%% As fib: what a call gives is saved where its argument came from.
two(N) -> one(N - 1) + one(N - 2).
one(N) -> N * 2.

parity(N) ->
    case N band 1 =:= 0 of
        true -> even;
        false -> odd
    end.
in_guard(N) when N band 3 =:= 0 -> yes;
in_guard(_) -> no.

%% In compiled code -0.0 - 0 is 0.0.
minus_zero(X) -> X - 0.
minus_one(X) -> X - 1.
sign(X) -> {X, hd(io_lib:format("~w", [X]))}.
shifted(X) -> {X bsr 1, X bsr 3, X bsr 60, X bsr 63}.

pairs(0, L) -> L;
pairs(N, L) -> pairs(N - 1, [pair(N, L) | L]).
pair(N, [{A, _} | _]) when A rem 7 =:= 0 -> {N, {A, [N]}};
pair(N, _) -> {N, N}.
squares([H | T]) -> [H * H | squares(T)];
squares([]) -> [].
tree(0) -> {nil, nil};
tree(N) -> {tree(N - 1), tree(N - 1)}.

%% Eight arguments kept over calls.
eight(A, B, C, D, E, F, G, H) ->
    X = first(A), Y = second(B, C),
    {X, Y, second(H, G), [A, B, C, D, E, F, G, H], last(F, 1), first(D + E)}.

keys() ->
    [{a, 1}, {a, 2}, {a, 1.0}, {b, 1}, {a, {1}}, {a}, {}, "abc", "abd", "ab", [a | b], [a, b], [[1], 2], [[1], 3], {"a", 1}, {"a", 2},
     {a, 1 bsl 70}, {<<"x">>, 1}, {<<"y">>, 1}, [1.0, 2], [1, 2], #{a => 1}, {#{}, 1}].
compare(A, B) when A < B -> lt;
compare(A, B) when A > B -> gt;
compare(A, B) when A == B -> eq.

error_of(F) ->
    try F() catch C:R:Stack -> [{M, Fn, Ar, _} | _] = Stack, {C, R, M, Fn, Ar} end.
