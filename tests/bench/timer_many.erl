%% area: timers repeat: 2
-module(timer_many).
-export([main/0]).
main() ->
    Refs = [erlang:send_after(100000 + I rem 5000, self(), {tick, I}) || I <- lists:seq(1, 150000)],
    Left = length([ok || R <- Refs, is_integer(erlang:cancel_timer(R))]),
    Fire = [erlang:start_timer(I rem 50, self(), I) || I <- lists:seq(1, 50000)],
    Fired = length([receive {timeout, R, _} when is_reference(R) -> ok end || _ <- Fire]),
    Waits = waits(200000, 0),
    Ps = [spawn_monitor(fun() -> receive stop -> stopped after 1 + I rem 20 -> exit(late) end end) || I <- lists:seq(1, 20000)],
    {Left, Fired, Waits, length([receive {'DOWN', _, _, _, late} -> ok end || _ <- Ps])}.
%% A receive with a time limit whose message is there, as gen_server:call's is.
waits(0, A) -> A;
waits(N, A) -> self() ! N, receive N -> waits(N - 1, A + 1) after 5000 -> timeout end.
