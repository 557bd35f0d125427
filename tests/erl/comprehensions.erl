%% List and binary comprehensions with all generator kinds, filters and nesting.
-module(comprehensions).
-export([main/1]).

main(_) ->
    L = lists:seq(1, 10),
    B = list_to_binary(L),
    t:show([X * X || X <- L, X rem 2 =:= 0]),
    t:show([{X, Y} || X <- L, Y <- lists:seq(X, 10), X * Y =:= 12]),
    t:show([X || {ok, X} <- [{ok, 1}, error, {ok, 2}, {bad, 3}]]),
    t:show([[Y || Y <- lists:seq(1, X)] || X <- [1, 2, 3]]),
    t:show([X || <<X:4>> <= B]),
    t:show([X || <<X:12, _:4>> <= B]),
    t:show([{A, C} || <<A, C>> <= B, A < 6]),
    t:show(<< <<(X * 2)>> || X <- L >>),
    t:show(<< <<X:3>> || X <- L >>),
    t:show(<< <<X, Y>> || X <- [1, 2], Y <- [3, 4] >>),
    t:show(<< <<X:8/little>> || <<X:8>> <= B, X > 5 >>),
    t:show(<< <<X/bits>> || X <- [<<1:1>>, <<2:7>>, <<255>>] >>),
    t:show([X || X <- L, is_prime(X)]),
    t:show([X || X <- L, begin Z = X rem 3, Z =:= 1 end]),
    t:show([Q || P <- pythagoras(30), {_, _, Q} <- [P]]),
    t:show([X || X <- [1, a, 2.0, "s"], is_number(X), X > 1]),
    t:show([ok || _ <- [], foo()]),
    t:show([{K, V} || {K, V} <- maps:to_list(#{a => 1, b => 2}), V > 1]),
    t:show(length([X || X <- lists:seq(1, 100000), X band 1 =:= 0])),
    t:show(byte_size(<< <<X:16>> || X <- lists:seq(1, 100000) >>)),
    t:show(t:try_it(fun() -> [X || X <- id(foo)] end)),
    t:show(t:try_it(fun() -> [X || X <- id([1, 2 | 3])] end)),
    t:show(t:try_it(fun() -> [X || <<X>> <= id(foo)] end)),
    t:show(t:try_it(fun() -> << <<X>> || X <- id([1, b]) >> end)),
    t:show(t:try_it(fun() -> [X || X <- [1, 2], id(X)] end)),
    t:show(t:try_it(fun() -> [X || X <- [1, 2], X + 1, foo()] end)),
    t:show([F(3) || F <- [fun(X) -> X + N end || N <- [1, 2, 3]]]),
    t:show(qsort([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])),
    t:show(perms([a, b, c])),
    t:show(queens(6)).

id(X) -> X.
foo() -> exit(called).

is_prime(N) when N < 2 -> false;
is_prime(N) -> [] =:= [D || D <- lists:seq(2, N - 1), N rem D =:= 0].

pythagoras(N) -> [{A, B, C} || A <- lists:seq(1, N), B <- lists:seq(A, N), C <- lists:seq(B, N), A * A + B * B =:= C * C].

qsort([P | T]) -> qsort([X || X <- T, X < P]) ++ [P] ++ qsort([X || X <- T, X >= P]);
qsort([]) -> [].

perms([]) -> [[]];
perms(L) -> [[H | T] || H <- L, T <- perms(L -- [H])].

queens(N) -> hd(queens(N, N)).
queens(0, _) -> [[]];
queens(K, N) -> [[Q | R] || R <- queens(K - 1, N), Q <- lists:seq(1, N), safe(Q, 1, R)].
safe(_, _, []) -> true;
safe(Q, D, [H | T]) -> Q =/= H andalso abs(Q - H) =/= D andalso safe(Q, D + 1, T).
