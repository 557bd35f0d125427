%% area: funs repeat: 8
-module(fun_closures).
-export([main/0]).
main() ->
    Fs = [fun(X) -> X + I end || I <- lists:seq(1, 200)],
    A = loop(25000, Fs, 0),
    C = compose(lists:duplicate(500, fun(X) -> X + 1 end)),
    {A, lists:sum([C(I) || I <- lists:seq(1, 8000)])}.
loop(0, _, A) -> A;
loop(N, Fs, A) -> loop(N - 1, Fs, lists:foldl(fun(F, S) -> F(S) band 16#FFFFFFF end, A, Fs)).
compose(Fs) -> lists:foldl(fun(F, G) -> fun(X) -> F(G(X)) end end, fun(X) -> X end, Fs).
