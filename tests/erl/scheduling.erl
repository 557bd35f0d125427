%% Fairness: busy processes do not starve others, long natives yield, priorities, timers under load, many runnable processes.
%% timeout: 60
-module(scheduling).
-export([main/1]).

main(_) ->
    Self = self(),
    t:show(spread(Self)),
    Busy = [spawn_link(fun() -> spin(0) end) || _ <- lists:seq(1, 8)],
    T0 = erlang:monotonic_time(millisecond),
    erlang:send_after(50, self(), tick), t:show(receive tick -> tick after 5000 -> starved end),
    P = spawn_link(fun Loop() -> receive {F, X} -> F ! {pong, X}, Loop() end end),
    t:show(lists:sum([begin P ! {self(), I}, receive {pong, I} -> 1 after 5000 -> 0 end end || I <- lists:seq(1, 200)])),
    t:show(erlang:monotonic_time(millisecond) - T0 < 20000),
    High = spawn_opt(fun() -> Self ! high_ran end, [{priority, high}]), t:show({is_pid(High), receive high_ran -> yes after 5000 -> no end}),
    Low = spawn_opt(fun() -> Self ! low_ran end, [{priority, low}]), t:show({is_pid(Low), receive low_ran -> yes after 10000 -> no end}),
    %% processes in the middle of anything can be inspected, exited and suspended
    [Q | _] = Busy, t:show(element(1, erlang:process_info(Q, reductions))), t:show(erlang:suspend_process(Q)), t:show(element(2, process_info(Q, status))), erlang:resume_process(Q),
    process_flag(trap_exit, true), [exit(B, kill) || B <- Busy], t:show(lists:usort([receive {'EXIT', B, W} -> W after 5000 -> none end || B <- Busy])),
    %% natives that work long: the rest goes on meanwhile
    L = lists:seq(1, 400000), Bin = term_to_binary(L),
    Work = [fun() -> length(L -- lists:seq(1, 400000, 3)) end, fun() -> length(binary_to_term(Bin)) end, fun() -> byte_size(term_to_binary(L, [compressed])) > 0 end, fun() -> erlang:phash2(L) end, fun() -> length(lists:sort(fun(A, B) -> A rem 1000 >= B rem 1000 end, L)) end,
            fun() -> erlang:md5(binary:copy(Bin, 5)) =/= x end, fun() -> {match, Ms} = re:run(binary:copy(<<"abc ">>, 30000), "b", [global]), length(Ms) end, fun() -> length(binary:split(binary:copy(<<"x,">>, 100000), <<",">>, [global])) end, fun() -> length(unicode:characters_to_list(binary:copy(<<"\x{3bb}"/utf8>>, 200000))) end, fun() -> L =:= binary_to_term(Bin) end, fun() -> length(L ++ L) end, fun() -> tuple_size(list_to_tuple(L)) end, fun() -> map_size(maps:from_list([{X, X} || X <- L])) end, fun() -> integer_to_list(1 bsl 100000) =/= [] end],
    Refs = [{I, spawn_monitor(fun() -> exit({result, W()}) end)} || {I, W} <- lists:zip(lists:seq(1, length(Work)), Work)],
    erlang:send_after(20, self(), tick2), t:show(receive tick2 -> ok after 10000 -> late end),
    t:show([{I, receive {'DOWN', M, _, _, {result, R}} -> R; {'DOWN', M, _, _, O} -> O end} || {I, {_, M}} <- Refs]),
    %% 20,000 runnable at once, each yields some times
    [spawn(fun() -> [erlang:yield() || _ <- [1, 2, 3]], Self ! {n, N} end) || N <- lists:seq(1, 20000)], t:show(lists:sum([receive {n, N} -> N end || _ <- lists:seq(1, 20000)])),
    t:show([erlang:system_flag(multi_scheduling, block), erlang:system_flag(multi_scheduling, unblock)]), t:show(erlang:system_flag(schedulers_online, 1) >= 1), t:show(erlang:system_info(schedulers_online)), erlang:system_flag(schedulers_online, erlang:system_info(schedulers)), t:show(erlang:system_info(schedulers_online) =:= erlang:system_info(schedulers)).

spin(N) -> spin(N + 1).

%% Two busy processes come to run on two schedulers.
spread(Self) ->
    Pids = [spawn(fun() -> report(Self, 0) end) || _ <- [1, 2]],
    Spread = collect(min(2, erlang:system_info(schedulers_online)), []),
    [exit(P, kill) || P <- Pids],
    Spread.
report(To, Last) -> case erlang:system_info(scheduler_id) of Last -> report(To, Last); Id -> To ! {on, Id}, report(To, Id) end.
collect(N, Seen) when length(Seen) >= N -> yes;
collect(N, Seen) -> receive {on, Id} -> collect(N, lists:usort([Id | Seen])) after 10000 -> no end.
