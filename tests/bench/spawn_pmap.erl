%% area: spawn repeat: 3
-module(spawn_pmap).
-export([main/0]).
main() -> lists:sum([lists:sum(pmap(fun(X) -> work(X, 20) end, lists:seq(1, 5000))) || _ <- lists:seq(1, 12)]).
pmap(F, L) -> S = self(), Rs = [begin R = make_ref(), spawn_link(fun() -> S ! {R, F(X)} end), R end || X <- L], [receive {R, V} -> V end || R <- Rs].
work(X, 0) -> X;
work(X, N) -> work((X * 31 + N) rem 1000003, N - 1).
