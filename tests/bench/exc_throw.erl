%% area: exceptions repeat: 10
-module(exc_throw).
-export([main/0]).
main() -> {loop(1500000, 0), deep(200, 0)}.
loop(0, A) -> A;
loop(N, A) ->
    B = try f(N) of V -> A + V catch throw:{t, X} -> A + X; error:badarith -> A + 1; exit:_ -> A + 2 end,
    loop(N - 1, B).
f(N) when N rem 3 =:= 0 -> throw({t, N});
f(N) when N rem 50 =:= 0 -> 1 / (N - N);
f(N) when N rem 7 =:= 0 -> exit(x);
f(N) -> N.
deep(0, A) -> A;
deep(N, A) -> deep(N - 1, A + (try down(1000) catch throw:D -> D end)).
down(0) -> throw(1);
down(N) -> 1 + down(N - 1).
