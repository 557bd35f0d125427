%% Parallel map over processes: order kept, failures carried to the caller, a bound on how many run at once.
-module(parallel_map).
-export([main/1]).

main(_Args) ->
    logger:set_primary_config(level, none),
    io:format("~w~n", [pmap(fun(X) -> X * X end, lists:seq(1, 20))]),
    io:format("~w~n", [lists:sum(pmap(fun fib/1, lists:duplicate(16, 22)))]),
    io:format("~p~n", [pmap(fun(X) -> 10 div X end, [5, 2, 0, 1])]),
    io:format("~w~n", [bounded(fun(X) -> fib(X rem 20) end, lists:seq(1, 100), 4)]),
    io:format("~w~n", [reduce(fun erlang:'+'/2, 0, pmap(fun(L) -> lists:sum(L) end, chunks(lists:seq(1, 100000), 1000)))]),
    io:format("~p~n", [lists:sublist(lists:reverse(lists:keysort(2, word_count(text()))), 3)]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

%% The results in order; of a call that fails {failed, Reason}.
pmap(F, List) ->
    Workers = [spawn_monitor(fun() -> exit({result, F(X)}) end) || X <- List],
    [receive {'DOWN', Ref, process, Pid, {result, R}} -> R;
             {'DOWN', Ref, process, Pid, {Reason, _Stack}} -> {failed, Reason} end || {Pid, Ref} <- Workers].

bounded(F, List, Max) ->
    Self = self(),
    Indexed = lists:zip(lists:seq(1, length(List)), List),
    bounded(fun({I, X}) -> Self ! {I, F(X)} end, Indexed, Max, 0, #{}).

bounded(_, [], _, 0, Results) -> [R || {_, R} <- lists:sort(maps:to_list(Results))];
bounded(F, [X | Rest], Max, Running, Results) when Running < Max ->
    spawn_link(fun() -> F(X) end),
    bounded(F, Rest, Max, Running + 1, Results);
bounded(F, List, Max, Running, Results) ->
    receive {I, R} -> bounded(F, List, Max, Running - 1, Results#{I => R}) end.

reduce(F, Acc, List) -> lists:foldl(F, Acc, List).

chunks([], _) -> [];
chunks(List, N) when length(List) =< N -> [List];
chunks(List, N) -> {A, B} = lists:split(N, List), [A | chunks(B, N)].

word_count(Text) ->
    Counts = pmap(fun(Line) -> lists:foldl(fun(W, M) -> maps:update_with(W, fun(N) -> N + 1 end, 1, M) end, #{}, string:lexemes(Line, " ")) end,
                  string:split(Text, "\n", all)),
    maps:to_list(lists:foldl(fun(M, Acc) -> maps:merge_with(fun(_, A, B) -> A + B end, M, Acc) end, #{}, Counts)).

text() ->
    lists:flatten(lists:join("\n", lists:duplicate(50, "to be or not to be that is the question whether to"))).
