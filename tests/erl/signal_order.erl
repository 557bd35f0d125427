%% Order of what comes from one process, answers to processes of higher priority, and binding to schedulers.
-module(signal_order).
-export([main/1]).

main(_) ->
    %% a monitor set on a process that is gone: its message was there before the 'DOWN'
    Me = self(),
    t:show(lists:usort([gone_before_monitor(Me) || _ <- lists:seq(1, 200)])),
    %% one that keeps all schedulers busy does not keep a waiting one of lower priority from answering it
    Low = [spawn_opt(fun() -> receive stop -> ok end end, [{priority, Pr}]) || Pr <- [low, normal, low, normal]],
    process_flag(priority, max),
    Busy = [spawn_opt(fun() -> spin(0) end, [{priority, high}, link]) || _ <- lists:seq(1, 2 * erlang:system_info(schedulers))],
    receive after 50 -> ok end,
    Answers = [[is_process_alive(P), group_leader(self(), P), process_info(P, group_leader) =:= {group_leader, self()},
             erlang:garbage_collect(P)] || P <- Low],
    Killed = [begin exit(P, kill), is_process_alive(P) end || P <- Low],
    [begin unlink(P), exit(P, kill) end || P <- Busy], Gone = [is_process_alive(P) || P <- Busy],
    process_flag(priority, normal),
    t:show([Answers, Killed, lists:usort(Gone)]),
    %% schedulers
    N = erlang:system_info(schedulers),
    t:show([process_flag(scheduler, N) =:= 0, erlang:system_info(scheduler_id) =:= N, process_flag(scheduler, 0) =:= N, process_flag(scheduler, 0)]),
    t:show([t:try_it(fun() -> process_flag(scheduler, V) end) || V <- [-1, N + 1, x]]),
    t:show([element(1, t:try_it(fun() -> spawn_opt(fun() -> ok end, [{scheduler, V}]) end)) || V <- [N, 0, N + 1, x]]),
    On = [begin spawn_opt(fun() -> Me ! {id, erlang:system_info(scheduler_id)} end, [{scheduler, I}]), receive {id, Id} -> Id =:= I end end
          || I <- lists:seq(1, N)],
    t:show(lists:usort(On)),
    %% what a process sends itself is in what it is told about itself
    self() ! one, t:show(process_info(self(), messages)), receive one -> ok end,
    %% ports of an earlier life
    Old = binary_to_term(<<131, 102, 100, 0, 13, "nonode@nohost", 0, 0, 18, 103, 3>>),
    R = monitor(port, Old), t:show(receive {'DOWN', R, port, Old, W} -> W after 1000 -> none end).

gone_before_monitor(Me) ->
    P = spawn(fun() -> Me ! {last_words, self()} end),
    case rand:uniform(2) of 1 -> erlang:yield(); 2 -> ok end,
    M = monitor(process, P),
    receive {last_words, P} -> receive {'DOWN', M, _, _, _} -> in_order end; {'DOWN', M, _, _, _} -> receive {last_words, P} -> out_of_order end end.

spin(N) -> spin(N + 1).
