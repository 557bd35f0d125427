%% A million messages around a ring of 1,000 processes.
%% timeout: 60
-module(ring).
-export([main/1]).

main(_Args) ->
    Size = 1000,
    Laps = 1000,
    Self = self(),
    First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> forward(Next, 0) end) end, Self, lists:seq(1, Size)),
    Passed = lap(First, Laps, 0),
    First ! {stop, 0},
    receive {stop, Sum} -> io:format("~w laps, ~w messages counted by ~w processes~n", [Passed, Sum, Size]) end.

lap(_, 0, Done) -> Done;
lap(First, N, Done) ->
    First ! {token, N},
    receive {token, N} -> lap(First, N - 1, Done + 1) end.

forward(Next, Count) ->
    receive
        {token, _} = Token -> Next ! Token, forward(Next, Count + 1);
        {stop, Sum} -> Next ! {stop, Sum + Count}
    end.
