%% area: ets repeat: 2
-module(ets_set).
-export([main/0]).
main() ->
    T = ets:new(t, [set]),
    [ets:insert(T, {I * 7919 rem 1000003, I, "value"}) || I <- lists:seq(1, 250000)],
    S = lists:foldl(fun(I, A) -> [{_, V, _}] = ets:lookup(T, I * 7919 rem 1000003), A + V end, 0, lists:seq(1, 250000)),
    [ets:update_counter(T, I * 7919 rem 1000003, {2, 1}) || I <- lists:seq(1, 250000)],
    E = lists:foldl(fun(I, A) -> A + ets:lookup_element(T, I * 7919 rem 1000003, 2) end, 0, lists:seq(1, 250000)),
    [ets:delete(T, I * 7919 rem 1000003) || I <- lists:seq(1, 100000)],
    {S, E, ets:info(T, size)}.
