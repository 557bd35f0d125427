%% area: lists repeat: 2
-module(list_map_fold).
-export([main/0]).
main() -> loop(60, 0).
loop(0, A) -> A;
loop(N, A) ->
    L = lists:seq(1, 100000),
    M = lists:map(fun(X) -> X * 3 + N end, L),
    F = lists:filter(fun(X) -> X band 1 =:= 0 end, M),
    S = lists:foldl(fun(X, Y) -> X + Y end, 0, F),
    Z = [X + Y || {X, Y} <- lists:zip(M, lists:reverse(M)), X > 1000],
    loop(N - 1, A + S + lists:sum(Z)).
