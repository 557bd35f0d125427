%% area: tuples repeat: 3
-module(tuple_gb_trees).
-export([main/0]).
main() ->
    T = lists:foldl(fun(I, T) -> gb_trees:enter(I * 7919 rem 100003, I, T) end, gb_trees:empty(), lists:seq(1, 100000)),
    S = lists:foldl(fun(I, S) -> gb_sets:add_element(I * 31 rem 5003, S) end, gb_sets:new(), lists:seq(1, 100000)),
    A = lists:foldl(fun(I, A) -> array:set(I rem 1000, I, A) end, array:new(1000), lists:seq(1, 150000)),
    Q = lists:foldl(fun(I, Q) -> {{value, _}, Q1} = queue:out(queue:in(I, Q)), Q1 end, queue:from_list([1, 2, 3]), lists:seq(1, 400000)),
    {gb_trees:size(T), lists:sum(gb_trees:values(T)), gb_sets:size(S), array:get(77, A), queue:to_list(Q)}.
