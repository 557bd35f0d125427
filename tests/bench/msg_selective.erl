%% area: messages repeat: 5
-module(msg_selective).
-export([main/0]).
main() ->
    [self() ! {noise, N} || N <- lists:seq(1, 300)],
    P = spawn_link(fun echo/0),
    A = calls(P, 200000, 0),
    [self() ! {k, N} || N <- lists:seq(1, 2500)],
    A + lists:sum([receive {k, N} -> N end || N <- lists:seq(2500, 1, -1)]).
calls(_, 0, A) -> A;
calls(P, N, A) -> R = make_ref(), P ! {self(), R, N}, receive {R, X} -> calls(P, N - 1, A + X) end.
echo() -> receive {F, R, X} -> F ! {R, X}, echo() end.
