%% area: messages repeat: 2
-module(msg_pingpong).
-export([main/0]).
main() -> S = self(), P = spawn_link(fun() -> pong(S) end), ping(600000, P, 0).
ping(0, P, A) -> P ! stop, A;
ping(N, P, A) -> P ! {ping, N}, receive {pong, M} -> ping(N - 1, P, A + M) end.
pong(S) -> receive {ping, N} -> S ! {pong, N}, pong(S); stop -> ok end.
