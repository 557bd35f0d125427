%% area: lists repeat: 6
-module(list_natives).
-export([main/0]).
main() ->
    L = lists:seq(1, 2000),
    K = [{I, I * I} || I <- L],
    loop(10000, L, K, 0).
loop(0, _, _, A) -> A;
loop(N, L, K, A) ->
    X = case lists:member(N, L) of true -> 1; false -> 0 end,
    {_, V} = lists:keyfind(N rem 2000 + 1, 1, K),
    Y = length(lists:reverse(L)),
    loop(N - 1, L, K, A + X + V + Y).
