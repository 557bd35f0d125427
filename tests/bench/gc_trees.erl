%% area: gc repeat: 11
-module(gc_trees).
-export([main/0]).
main() ->
    Long = make(17),
    [{D, lists:sum([check(make(D)) || _ <- lists:seq(1, 1 bsl (19 - D))])} || D <- [4, 8, 12, 16]] ++ [check(Long)].
make(0) -> {nil, nil};
make(D) -> {make(D - 1), make(D - 1)}.
check({nil, nil}) -> 1;
check({L, R}) -> 1 + check(L) + check(R).
