%% area: maps repeat: 3
-module(map_large).
-export([main/0]).
main() ->
    M = lists:foldl(fun(I, M) -> M#{I * 7919 rem 1000003 => I} end, #{}, lists:seq(1, 200000)),
    S = lists:foldl(fun(I, S) -> S + maps:get(I * 7919 rem 1000003, M) end, 0, lists:seq(1, 200000)),
    R = lists:foldl(fun(I, M1) -> maps:remove(I * 7919 rem 1000003, M1) end, M, lists:seq(1, 150000)),
    {S, map_size(R), maps:fold(fun(_, V, A) -> A + V end, 0, R), lists:sum(maps:values(maps:map(fun(K, V) -> K bxor V end, R)))}.
