%% Pattern matching: nesting, repeated variables, literals, aliases, strings, maps and binaries in heads.
-module(match_patterns).
-export([main/1]).

main(_) ->
    Ts = [[], [a], [a, b], [a | b], "abc", "abx", {}, {a}, {a, b}, {a, a}, {1, 1.0}, {1, 1}, {x, {y, [z, 1]}}, #{}, #{k => 1}, #{k => {1, 2}, l => 3},
          <<>>, <<1>>, <<1, 2, 3>>, <<"abc">>, 5, 1 bsl 70, 3.5, 'some atom', {point, 3, 4}, [[1, 2], [3, 4]], {ok, [{a, 1}, {b, 2}]}, fun erlang:abs/1],
    [io:format("~p -> ~p~n", [T, f(T)]) || T <- Ts],
    io:format("~w~n", [[same(A, B) || A <- [1, 1.0, a, [], {}], B <- [1, 1.0, a, [], {}]]]),
    io:format("~w~n", [[many(N) || N <- lists:seq(-2, 70)]]),
    io:format("~w~n", [[atoms(A) || A <- [alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, other]]]),
    io:format("~w~n", [[sparse(N) || N <- [0, 1, 10, 100, 1000, 10000, 100000, 1 bsl 40, 1 bsl 65, -5, 7]]]),
    io:format("~w~n", [[mixed(X) || X <- [1, 1.0, a, {1}, [], "", <<>>, 2]]]),
    io:format("~w~n", [catch begin {a, X} = {b, hd([1])}, X end =:= x orelse other]),
    {A1, [B1 | C1] = D1, #{k := E1}} = {1, [2, 3], #{k => 4, j => 5}},
    io:format("~w~n", [{A1, B1, C1, D1, E1}]),
    io:format("~w~n", [t:try_it(fun() -> [_, _] = tl([1, 2]) end)]),
    io:format("~w~n", [t:try_it(fun() -> case tl([1]) of [_] -> x end end)]),
    io:format("~w~n", [t:try_it(fun() -> if length([]) > 0 -> x end end)]),
    io:format("~w~n", [t:try_it(fun() -> nofit(x, {}) end)]).

f([]) -> empty;
f([X]) -> {one, X};
f("abc" ++ Rest) -> {abc, Rest};
f([X, X]) -> {twice, X};
f([[A, B], [C, D]]) -> {matrix, A * D - B * C};
f([H | T]) when not is_list(T) -> {improper, H, T};
f([H | _] = L) -> {list, H, length(L)};
f({}) -> empty_tuple;
f({point, X, Y}) -> {sum, X + Y};
f({ok, [{_, V} | _] = L}) -> {ok, V, L};
f({X, X}) -> {same, X};
f({X, {Y, [Z | W]}}) -> [X, Y, Z, W];
f({A, B}) -> {pair, B, A};
f(T) when is_tuple(T) -> {size, tuple_size(T)};
f(#{k := {A, B}, l := C}) -> {map, A + B + C};
f(#{k := V}) -> {k, V};
f(M) when is_map(M) -> map;
f(<<>>) -> empty_binary;
f(<<"abc">>) -> abc_binary;
f(<<A>>) -> {byte, A};
f(<<A, Rest/binary>>) -> {A, Rest};
f(5) -> five;
f(16#400000000000000000) -> big;
f(3.5) -> three_and_a_half;
f('some atom') -> quoted;
f(F) when is_function(F, 1) -> fun1;
f(_) -> other.

same(X, X) -> yes;
same(X, Y) when X == Y -> almost;
same(_, _) -> no.

many(0) -> zero; many(1) -> one; many(2) -> two; many(3) -> three; many(4) -> four; many(5) -> five; many(6) -> six;
many(7) -> seven; many(8) -> eight; many(9) -> nine; many(10) -> ten; many(11) -> eleven; many(64) -> sixty_four; many(_) -> m.

atoms(alpha) -> 1; atoms(beta) -> 2; atoms(gamma) -> 3; atoms(delta) -> 4; atoms(epsilon) -> 5; atoms(zeta) -> 6;
atoms(eta) -> 7; atoms(theta) -> 8; atoms(iota) -> 9; atoms(kappa) -> 10; atoms(lambda) -> 11; atoms(_) -> 0.

sparse(0) -> a; sparse(10) -> b; sparse(100) -> c; sparse(1000) -> d; sparse(10000) -> e; sparse(100000) -> f;
sparse(16#10000000000) -> g; sparse(16#20000000000000000) -> h; sparse(-5) -> i; sparse(_) -> z.

mixed(1) -> i; mixed(1.0) -> f; mixed(a) -> a; mixed({1}) -> t; mixed([]) -> n; mixed(<<>>) -> b; mixed(_) -> o.

nofit(a, _) -> 1;
nofit(_, [_ | _]) -> 2.
