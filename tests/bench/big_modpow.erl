%% area: bignums repeat: 4
-module(big_modpow).
-export([main/0]).
main() -> P = (1 bsl 521) - 1, [powmod(3, P - N, P) rem 1000003 || N <- lists:seq(2, 120)].
powmod(_, 0, _) -> 1;
powmod(B, E, M) when E band 1 =:= 0 -> powmod(B * B rem M, E bsr 1, M);
powmod(B, E, M) -> B * powmod(B, E - 1, M) rem M.
