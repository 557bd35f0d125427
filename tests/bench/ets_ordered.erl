%% area: ets repeat: 6
-module(ets_ordered).
-export([main/0]).
main() ->
    T = ets:new(t, [ordered_set]),
    [ets:insert(T, {{I * 7919 rem 100003, a}, I}) || I <- lists:seq(1, 90000)],
    W = walk(T, ets:first(T), 0),
    L = [ets:lookup_element(T, {I * 7919 rem 100003, a}, 2) || I <- lists:seq(1, 90000)],
    {W, lists:sum(L), ets:last(T), ets:foldl(fun({_, V}, A) -> A + V end, 0, T)}.
walk(_, '$end_of_table', A) -> A;
walk(T, K, A) -> walk(T, ets:next(T, K), A + element(1, K)).
