%% area: messages repeat: 3
-module(msg_ring).
-export([main/0]).
main() ->
    S = self(),
    First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> node_loop(Next) end) end, S, lists:seq(1, 1000)),
    [First ! {token, 600, I} || I <- [1, 2]],
    collect(First, 2, 0).
collect(_, 0, A) -> A;
collect(First, K, A) -> receive {token, 0, I} -> collect(First, K - 1, A + I); {token, N, I} -> First ! {token, N - 1, I}, collect(First, K, A + 1) end.
node_loop(Next) -> receive M -> Next ! M, node_loop(Next) end.
