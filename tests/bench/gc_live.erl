%% area: gc repeat: 2
-module(gc_live).
-export([main/0]).
main() ->
    Keep = [{I, [I, I + 1], {a, I}} || I <- lists:seq(1, 400000)],
    X = churn(60, 0),
    {length(Keep), erlang:phash2(lists:nth(1000, Keep)), X}.
churn(0, A) -> A;
churn(N, A) -> L = [{I, I * N} || I <- lists:seq(1, 50000)], churn(N - 1, A + element(2, lists:last(L))).
