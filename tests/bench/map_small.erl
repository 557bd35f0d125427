%% area: maps repeat: 12
-module(map_small).
-export([main/0]).
main() -> loop(1500000, #{a => 0, b => 1, c => 2, d => 3, e => 4, count => 0}).
loop(0, M) -> M;
loop(N, #{a := A, count := C} = M) when A < 100 -> loop(N - 1, M#{a := A + 1, count := C + 1});
loop(N, #{b := B} = M) -> K = element(N rem 3 + 1, {c, d, e}), loop(N - 1, M#{a := 0, b := B + maps:get(K, M), K => N}).
