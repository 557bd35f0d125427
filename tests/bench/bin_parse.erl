%% area: binaries repeat: 12
-module(bin_parse).
-export([main/0]).
main() ->
    P = iolist_to_binary([<<(I rem 7):3, (I rem 2):1, (I rem 13):4, 5:16, I:32/little, "hello", (I * 3):24>> || I <- lists:seq(1, 100000)]),
    [parse(P, 0, 0) || _ <- [1, 2, 3, 4, 5]].
parse(<<T:3, F:1, V:4, L:16, I:32/little, S:L/binary, X:24, R/binary>>, A, N) when T < 8 -> <<C, _/binary>> = S, parse(R, (A + T + F + V + I + X + C) band 16#FFFFFFFFFFFF, N + 1);
parse(<<>>, A, N) -> {A, N}.
