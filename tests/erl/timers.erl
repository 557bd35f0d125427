%% Timers: send_after, start_timer, absolute, cancel and read (sync and async), order, many at once, the timer module.
-module(timers).
-export([main/1]).

main(_) ->
    [erlang:send_after(T, self(), {sa, T}) || T <- [150, 50, 100, 0]],
    t:show([receive X -> X end || _ <- [1, 2, 3, 4]]),
    R1 = erlang:start_timer(20, self(), msg), t:show(receive {timeout, R1, M1} -> M1 end),
    R2 = erlang:send_after(100000, self(), never), L2 = erlang:read_timer(R2), t:show(L2 > 90000 andalso L2 =< 100000), C2 = erlang:cancel_timer(R2), t:show(C2 > 90000), t:show([erlang:cancel_timer(R2), erlang:read_timer(R2)]),
    %% set one after the other for the same time, they fire in that order
    [erlang:send_after(20, self(), {same, I}) || I <- lists:seq(1, 200)], t:show([receive {same, I} -> I after 5000 -> late end || _ <- lists:seq(1, 200)] =:= lists:seq(1, 200)),
    R3 = erlang:send_after(0, self(), now), t:show(receive now -> erlang:cancel_timer(R3) end),
    R4 = erlang:send_after(100000, self(), never), t:show(erlang:cancel_timer(R4, [{async, true}])), t:show(receive {cancel_timer, R4, T4} -> is_integer(T4) end),
    R5 = erlang:send_after(100000, self(), never), t:show(erlang:cancel_timer(R5, [{info, false}])), t:show(erlang:read_timer(R5, [{async, true}])), t:show(receive {read_timer, R5, T5} -> T5 end),
    t:show(erlang:cancel_timer(R5, [{async, true}, {info, false}])),
    Abs = erlang:monotonic_time(millisecond) + 30, R6 = erlang:start_timer(Abs, self(), abs, [{abs, true}]), t:show(receive {timeout, R6, X6} -> {X6, erlang:monotonic_time(millisecond) >= Abs} end),
    register(target, self()), erlang:send_after(5, target, by_name), t:show(receive by_name -> ok end), unregister(target),
    erlang:send_after(5, nobody_there, lost), Dead = spawn(fun() -> ok end), erlang:send_after(5, Dead, lost),
    t:show([t:try_it(fun() -> apply(erlang, F, A) end) || {F, A} <- [{send_after, [-1, self(), x]}, {send_after, [a, self(), x]}, {send_after, [1, 1, x]}, {start_timer, [1 bsl 64, self(), x]}, {cancel_timer, [x]}, {read_timer, [1]}, {send_after, [1, self(), x, [bad]]}]]),
    T0 = erlang:monotonic_time(millisecond), [erlang:send_after(N rem 100, self(), {many, N}) || N <- lists:seq(1, 10000)], t:show(lists:sum([receive {many, N} -> N end || _ <- lists:seq(1, 10000)])),
    Took = erlang:monotonic_time(millisecond) - T0, t:show(Took >= 99 andalso Took < 3000),
    Rs = [erlang:send_after(50 + N, self(), {cancelled, N}) || N <- lists:seq(1, 1000)], t:show(lists:usort([is_integer(erlang:cancel_timer(R)) || R <- Rs])), t:show(receive {cancelled, _} -> bad after 80 -> none end),
    Order = [10, 30, 20, 40, 60, 50], [erlang:start_timer(T * 2, self(), T) || T <- Order], t:show([receive {timeout, _, T} -> T end || _ <- Order]),
    {ok, _} = timer:send_after(10, tm1), t:show(receive tm1 -> tm1 end), {ok, I} = timer:send_interval(10, tick), t:show([receive tick -> tick end || _ <- [1, 2, 3]]), t:show(timer:cancel(I)),
    {ok, _} = timer:apply_after(5, erlang, send, [self(), applied]), t:show(receive applied -> ok end), Self = self(), {ok, _} = timer:exit_after(5, spawn_link(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, W} -> Self ! {why, W} end end), gone), t:show(receive {why, W} -> W end),
    {Us, V} = timer:tc(fun() -> timer:sleep(20), done end), t:show({V, Us >= 20000}), t:show([timer:seconds(2), timer:minutes(1), timer:hours(1), timer:hms(1, 2, 3)]),
    A = erlang:monotonic_time(), B = erlang:monotonic_time(), t:show(A =< B), t:show([is_integer(erlang:system_time(U)) || U <- [second, millisecond, microsecond, nanosecond, native, 1000, perf_counter]]),
    t:show([erlang:convert_time_unit(1, second, U) || U <- [millisecond, microsecond, nanosecond, 10, 3]]), t:show(abs(erlang:system_time() - (erlang:monotonic_time() + erlang:time_offset())) < 1000000000),
    {Mega, S, Mi} = os:timestamp(), t:show(is_integer(Mega + S + Mi)), U1 = erlang:unique_integer(), U2 = erlang:unique_integer(), t:show(U1 =/= U2), M3 = erlang:unique_integer([monotonic]), t:show(M3 < erlang:unique_integer([monotonic])), t:show(erlang:unique_integer([positive]) > 0),
    t:show(erlang:now() < erlang:now()).
