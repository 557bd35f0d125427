%% area: messages repeat: 2
-module(msg_fanin).
-export([main/0]).
main() ->
    S = self(),
    [spawn_link(fun() -> send(S, I, 10000) end) || I <- lists:seq(1, 50)],
    recv(500000, 0).
send(_, _, 0) -> ok;
send(S, I, N) -> S ! {I, N, [I, N, {a, "payload"}], <<N:64>>}, send(S, I, N - 1).
recv(0, A) -> A;
recv(N, A) -> receive {I, K, [I, K | _], <<K:64>>} -> recv(N - 1, A + I * K) end.
