%% area: spawn repeat: 2
-module(spawn_many).
-export([main/0]).
main() -> lists:sum([round_of(20000) || _ <- lists:seq(1, 12)]).
round_of(N) -> S = self(), [spawn(fun() -> S ! {done, I} end) || I <- lists:seq(1, N)], collect(N, 0).
collect(0, A) -> A;
collect(N, A) -> receive {done, I} -> collect(N - 1, A + I) end.
