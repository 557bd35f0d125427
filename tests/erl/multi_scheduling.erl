%% Blocking all schedulers but one: by whom, nested, of both kinds; it ends with the process that blocks.
-module(multi_scheduling).
-export([main/1]).

set(How) -> erlang:system_flag(multi_scheduling, How).
info() ->
    Pids = fun(Item) -> [is_pid(P) || P <- erlang:system_info(Item)] end,
    {erlang:system_info(multi_scheduling), Pids(multi_scheduling_blockers), Pids(normal_multi_scheduling_blockers)}.

main(_) ->
    [t:show({How, t:try_it(fun() -> set(How) end), info()})
     || How <- [unblock, block, block, block_normal, unblock, unblock_normal, unblock, unblock, block_normal, block_normal, unblock_normal, unblock,
                unblock_normal, bad, 1]],
    A = blocker([block]),
    t:show([info(), set(unblock), info()]),
    ended(A),
    t:show(info()),
    B = blocker([block_normal, block, block]), C = blocker([block]),
    t:show(info()),
    ended(B), t:show(info()),
    ended(C), t:show(info()),
    others_go_on().

%% Processes, timers and ports that were at home on other schedulers go on where scheduling goes on.
others_go_on() ->
    Parent = self(),
    Work = fun() ->
               Port = open_port({spawn, "sleep 0.3"}, [exit_status]),
               process_flag(scheduler, 0),
               Parent ! {self(), started},
               receive {Port, {exit_status, S}} -> S end,
               receive after 20 -> ok end,
               Parent ! {self(), S}
           end,
    N = erlang:system_info(schedulers_online),
    Ps = [spawn_opt(Work, [{scheduler, I rem N + 1}]) || I <- lists:seq(1, 2 * N)],
    [receive {P, started} -> ok end || P <- Ps],
    erlang:send_after(50, self(), timer),
    set(block_normal),
    t:show([lists:usort([receive {P, S} -> S after 3000 -> late end || P <- Ps]), receive timer -> timer after 0 -> no_timer end]),
    t:show(set(unblock_normal)).

blocker(Hows) ->
    Parent = self(),
    {P, _} = Started = spawn_monitor(fun() -> [set(H) || H <- Hows], Parent ! {self(), blocks}, receive go -> exit(over) end end),
    receive {P, blocks} -> Started end.
ended({P, M}) -> P ! go, receive {'DOWN', M, _, _, _} -> ok end.
