%% flags: +S 4:4
%% Timers: started, read and cancelled from everywhere while they fire; receives that time out while messages come.
-module(timers).
-export([main/1]).

main(_) ->
    t:show(stress:parallel(2500, [fun own/0 || _ <- lists:seq(1, 3)] ++ [fun others/0 || _ <- lists:seq(1, 3)] ++ [fun receives/0 || _ <- lists:seq(1, 3)] ++ [fun dying/0])),
    t:show(in_order()).

%% A cancelled timer answers with the time left, or its message is there.
own() ->
    Ts = [erlang:start_timer(rand:uniform(4) - 1, self(), N) || N <- lists:seq(1, 30)],
    rand:uniform(2) =:= 1 andalso receive after 1 -> ok end,
    [erlang:read_timer(T) || T <- Ts],
    [case erlang:cancel_timer(T) of
        false -> receive {timeout, T, _} -> ok end;
        Left when is_integer(Left) -> receive {timeout, T, _} -> exit(fired_after_cancel) after 0 -> ok end
    end || T <- Ts].

%% Cancelled by another process, asynchronously.
others() ->
    Self = self(),
    Ts = [erlang:send_after(rand:uniform(4) - 1, Self, {fired, N}) || N <- lists:seq(1, 20)],
    {P, M} = spawn_monitor(fun() ->
        [erlang:cancel_timer(T, [{async, true}]) || T <- Ts],
        Self ! {answers, [receive {cancel_timer, T, R} -> R end || T <- Ts]}
    end),
    Answers = receive {answers, L} -> L end,
    receive {'DOWN', M, process, P, normal} -> ok end,
    [receive {fired, N} -> ok end || {N, false} <- lists:zip(lists:seq(1, 20), Answers)],
    receive {fired, N} -> exit({fired_after_cancel, N}) after 0 -> ok end.

receives() ->
    Self = self(),
    [begin
        P = spawn(fun() -> receive after rand:uniform(2) - 1 -> Self ! {hello, self()} end end),
        Got = receive {hello, P} -> early after rand:uniform(2) -> late end,
        Got =:= late andalso receive {hello, P} -> ok end
    end || _ <- lists:seq(1, 20)].

%% The receiver is gone before its timer fires.
dying() ->
    Ps = [spawn_monitor(fun() ->
        erlang:send_after(1, self(), never_seen),
        erlang:send_after(10000, self(), never_seen),
        receive after rand:uniform(3) - 1 -> ok end
    end) || _ <- lists:seq(1, 30)],
    [erlang:send_after(1, P, late) || {P, _} <- Ps],
    [receive {'DOWN', M, process, P, normal} -> ok end || {P, M} <- Ps].

%% Timers of different times arrive in the order of their times.
in_order() ->
    Start = erlang:monotonic_time(millisecond) + 50,
    [erlang:start_timer(Start + N * 5, self(), N, [{abs, true}]) || N <- lists:reverse(lists:seq(1, 20))],
    [receive {timeout, _, N} -> N end || _ <- lists:seq(1, 20)].
