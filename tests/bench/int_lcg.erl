%% area: integers repeat: 2
-module(int_lcg).
-export([main/0]).
main() -> lcg(20000000, 12345, 0).
lcg(0, X, A) -> {X, A};
lcg(N, X, A) ->
    X1 = (X * 1103515245 + 12345) band 16#7FFFFFFF,
    lcg(N - 1, X1, (A bxor X1) + (X1 rem 7)).
