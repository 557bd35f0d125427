%% A wait without clauses keeps its time in a register, which others use meanwhile; whatever wakes it, the time stays what it was.
-module(receive_after).
-export([main/1]).

main(_) ->
    Self = self(),
    Others = [spawn_link(fun() -> busy(0) end) || _ <- lists:seq(1, 4)],
    Forever = [spawn(fun() -> wait(infinity), Self ! {over, infinity} end) || _ <- lists:seq(1, 20)],
    Sleepers = [spawn(fun() -> Self ! {self(), sleeps(30)} end) || _ <- lists:seq(1, 50)],
    [begin [P ! hello || P <- Forever ++ Sleepers], wait(1) end || _ <- lists:seq(1, 100)],
    t:show(lists:usort([receive {P, Result} -> Result end || P <- Sleepers])),
    t:show(receive Over -> Over after 0 -> none end),
    [begin unlink(P), exit(P, kill) end || P <- Others ++ Forever],
    ok.

wait(Time) -> wait({}, <<>>, Time).

wait(_, _, Time) -> receive after Time -> ok end.

%% How many waits were too short; and the one behind each, which has a message to wait for, must find it.
sleeps(N) -> sleeps(N, 0).
sleeps(0, Short) -> {short, Short};
sleeps(N, Short) ->
    Time = 3 + N rem 4,
    Began = erlang:monotonic_time(microsecond),
    wait(Time),
    Took = erlang:monotonic_time(microsecond) - Began,
    Self = self(),
    erlang:send_after(2, Self, {later, N}),
    receive {later, N} -> sleeps(N - 1, if Took < Time * 1000 -> Short + 1; true -> Short end)
    after 10000 -> {missed, N}
    end.

%% Leaves its schedulers' registers full of zeros.
busy(0) ->
    erlang:yield(),
    receive never -> ok after 0 -> busy(0) end.
