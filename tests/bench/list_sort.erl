%% area: lists repeat: 2
-module(list_sort).
-export([main/0]).
main() ->
    L = random(300000, 42),
    S = [lists:sort(L) || _ <- [1, 2, 3]],
    Q = qsort(lists:sublist(L, 150000)),
    {erlang:phash2(hd(S)), erlang:phash2(Q), erlang:phash2(lists:usort([X rem 1000 || X <- L])), length(lists:keysort(2, [{X, X rem 100} || X <- L]))}.
random(0, _) -> [];
random(N, X) -> X1 = (X * 1103515245 + 12345) band 16#7FFFFFFF, [X1 | random(N - 1, X1)].
qsort([]) -> [];
qsort([P | T]) -> {A, B} = split(P, T, [], []), qsort(A) ++ [P | qsort(B)].
split(P, [H | T], A, B) when H < P -> split(P, T, [H | A], B);
split(P, [H | T], A, B) -> split(P, T, A, [H | B]);
split(_, [], A, B) -> {A, B}.
