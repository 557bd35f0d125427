%% area: bignums repeat: 3
-module(big_factorial).
-export([main/0]).
main() -> F = fact(9000), {F rem 1000000007, byte_size(integer_to_binary(fact(4000)))}.
fact(0) -> 1;
fact(N) -> N * fact(N - 1).
