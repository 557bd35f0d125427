%% The total order over all types, and the four kinds of equality.
-module(compare_order).
-export([main/1]).

terms() ->
    [0, 1, -1, 1.0, 0.0, 1.5, 1 bsl 70, -(1 bsl 70), 1.0e30, a, b, '', 'Z', aa, "aé", 'λ', {}, {1}, {a}, {1, 2}, {1.0, 2}, {0, 1, 2}, [], [1], [1, 2], [1 | 2],
     "abc", "abd", <<>>, <<1>>, <<1, 2>>, <<1:3>>, <<255>>, <<128:9>>, #{}, #{a => 1}, #{b => 1}, #{a => 2}, #{1 => a}, #{1.0 => a}, #{a => 1, b => 2},
     [[]], [{}], {[]}, [a | b], [1.0], {1 bsl 70}, {1.0e30}, fun lists:map/2, fun lists:map/3, fun erlang:abs/1].

main(_) ->
    Ts = terms(),
    io:format("~tw~n", [lists:sort(Ts)]),
    io:format("~tw~n", [lists:sort(lists:reverse(Ts))]),
    io:format("~w~n", [length(lists:usort(Ts))]),
    Rows = [{A < B, A =< B, A > B, A >= B, A == B, A /= B, A =:= B, A =/= B} || A <- Ts, B <- Ts],
    io:format("~w~n", [erlang:phash2(Rows)]),
    [io:format("~tw ~tw~n", [A, [B || B <- Ts, A == B, A =/= B]]) || A <- Ts],
    [io:format("~tw: ~w~n", [A, length([B || B <- Ts, B < A])]) || A <- Ts],
    Self = self(), Ref = make_ref(),
    F = fun() -> Self end,
    Mixed = [Self, Ref, F, 1, a, {}, #{}, [], [x], <<>>],
    io:format("~w~n", [[kind(T) || T <- lists:sort(Mixed)]]),
    io:format("~w~n", [make_ref() < make_ref()]),
    Deep = lists:foldl(fun(I, Acc) -> {I, [Acc]} end, x, lists:seq(1, 100000)),
    Deep2 = lists:foldl(fun(I, Acc) -> {I, [Acc]} end, y, lists:seq(1, 100000)),
    io:format("~w ~w ~w~n", [Deep =:= Deep2, Deep < Deep2, Deep == binary_to_term(term_to_binary(Deep))]).

kind(X) when is_pid(X) -> pid;
kind(X) when is_reference(X) -> ref;
kind(X) when is_function(X) -> function;
kind(X) -> X.
