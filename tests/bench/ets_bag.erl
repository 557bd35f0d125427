%% area: ets repeat: 4
-module(ets_bag).
-export([main/0]).
main() ->
    B = ets:new(b, [bag]), D = ets:new(d, [duplicate_bag]),
    [begin ets:insert(B, {I rem 20000, I rem 7, {x, I}}), ets:insert(D, {I rem 20000, I rem 7}) end || I <- lists:seq(1, 140000)],
    S = lists:foldl(fun(K, A) -> A + length(ets:lookup(B, K)) + lists:sum(ets:lookup_element(D, K, 2)) end, 0, lists:seq(0, 19999)),
    [begin ets:delete_object(B, {I rem 20000, I rem 7, {x, I}}), ets:delete_object(D, {I rem 20000, I rem 7}) end || I <- lists:seq(1, 60000)],
    Taken = lists:sum([length(ets:take(B, K)) || K <- lists:seq(0, 9999)]),
    {S, Taken, ets:info(B, size), ets:info(D, size)}.
