%% area: tuples repeat: 2
-module(tuple_tree).
-export([main/0]).
main() ->
    T = lists:foldl(fun(K, T) -> insert(K, T) end, nil, keys(150000, 7)),
    {size(T, 0), depth(T), lists:sum([lookup(K, T) || K <- keys(150000, 7)])}.
keys(0, _) -> [];
keys(N, X) -> X1 = (X * 1103515245 + 12345) band 16#7FFFFFFF, [X1 | keys(N - 1, X1)].
insert(K, nil) -> {K, nil, nil};
insert(K, {V, L, R}) when K < V -> {V, insert(K, L), R};
insert(K, {V, L, R}) when K > V -> {V, L, insert(K, R)};
insert(_, T) -> T.
lookup(_, nil) -> 0;
lookup(K, {V, L, _}) when K < V -> lookup(K, L);
lookup(K, {V, _, R}) when K > V -> lookup(K, R);
lookup(_, _) -> 1.
size(nil, A) -> A;
size({_, L, R}, A) -> size(R, size(L, A + 1)).
depth(nil) -> 0;
depth({_, L, R}) -> 1 + max(depth(L), depth(R)).
