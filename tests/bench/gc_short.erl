%% area: gc repeat: 5
-module(gc_short).
-export([main/0]).
main() -> loop(1200000, {[], #{}}, 0).
loop(0, _, A) -> A;
loop(N, {L, M}, A) ->
    L1 = [N, {N, "xx"} | lists:sublist(L, 3)],
    B = <<N:64, "some bytes">>,
    loop(N - 1, {L1, M#{k => B}}, A + byte_size(B) + length(L1)).
