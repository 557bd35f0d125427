%% Processes that die while others link, monitor, send, register and look at them: nothing is lost, nothing is seen twice.
%% timeout: 60
-module(exit_races).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    t:show(count([begin P = spawn(fun() -> ok end), R = monitor(process, P), receive {'DOWN', R, process, P, X} -> X end end || _ <- lists:seq(1, 3000)])),
    t:show(lists:sum([begin P = spawn(fun() -> ok end), link(P), receive {'EXIT', P, X} when X =:= normal; X =:= noproc -> 1 end end || _ <- lists:seq(1, 3000)])),
    t:show(lists:sum([begin P = spawn_link(fun() -> exit(r) end), receive {'EXIT', P, r} -> 1 end end || _ <- lists:seq(1, 3000)])),
    t:show(lists:sum([begin P = spawn(fun() -> receive X -> exit(X) end end), Rs = [monitor(process, P) || _ <- [1, 2, 3]], P ! N, lists:sum([receive {'DOWN', R, _, _, N} -> 1 end || R <- Rs]) end || N <- lists:seq(1, 500)])),
    t:show(lists:usort([begin P = spawn_link(fun() -> ok end), unlink(P), receive {'EXIT', P, _} -> ok after 0 -> ok end, receive {'EXIT', P, _} -> bad after 0 -> ok end end || _ <- lists:seq(1, 2000)])),
    t:show(lists:usort([begin P = spawn(fun() -> ok end), R = monitor(process, P), demonitor(R, [flush]), receive {'DOWN', R, _, _, _} -> bad after 0 -> ok end end || _ <- lists:seq(1, 2000)])),
    %% names are free as soon as DOWN has come
    t:show(lists:usort([begin P = spawn(fun() -> receive go -> ok end end), true = register(the_name, P), R = monitor(process, P), the_name ! go, receive {'DOWN', R, _, _, _} -> whereis(the_name) end end || _ <- lists:seq(1, 1000)])),
    %% a link both sides cut at the same time
    t:show(lists:usort([begin S = self(), P = spawn_link(fun() -> receive go -> unlink(S), S ! done, receive stop -> exit(x) end end end), P ! go, unlink(P), receive done -> ok end, P ! stop, receive {'EXIT', P, _} -> bad after 0 -> ok end end || _ <- lists:seq(1, 1000)])),
    %% rings of linked processes die as one
    t:show([ring(N) || N <- [2, 10, 500]]),
    %% kill in the middle of everything
    t:show(count([begin {P, R} = spawn_monitor(fun() -> busy(self(), 0) end), N rem 3 =:= 0 andalso erlang:yield(), exit(P, kill), receive {'DOWN', R, _, _, X} -> X end end || N <- lists:seq(1, 1000)])),
    %% messages sent before an exit signal arrive before it
    t:show(lists:usort([begin S = self(), P = spawn_link(fun() -> [S ! {m, I} || I <- lists:seq(1, 10)], exit(after_ten) end), Ms = collect(P), length(Ms) =:= 10 end || _ <- lists:seq(1, 500)])),
    t:show(lists:usort([begin S = self(), {P, R} = spawn_monitor(fun() -> receive {a, X} -> S ! {got, X} end, receive never -> ok end end), P ! {a, N}, exit(P, N), receive {got, N} -> receive {'DOWN', R, _, _, N} -> both end; {'DOWN', R, _, _, N} -> only_exit end end =/= none || N <- lists:seq(1, 500)])),
    t:show(erlang:process_info(self(), [message_queue_len, links, monitors])),
    t:show(length([P || P <- processes(), process_info(P, current_function) =:= {current_function, {?MODULE, busy, 2}}])).

count(L) -> lists:sort(maps:to_list(lists:foldl(fun(X, M) -> maps:update_with(case X of noproc -> normal; _ -> X end, fun(N) -> N + 1 end, 1, M) end, #{}, L))).
ring(N) ->
    S = self(),
    Ps = [spawn(fun() -> receive {next, Q} -> link(Q), S ! ready, receive X -> exit(X) end end end) || _ <- lists:seq(1, N)],
    Rs = [monitor(process, P) || P <- Ps],
    [P ! {next, Q} || {P, Q} <- lists:zip(Ps, tl(Ps) ++ [hd(Ps)])], [receive ready -> ok end || _ <- Ps],
    hd(Ps) ! ring_ends,
    lists:usort([receive {'DOWN', R, _, _, X} -> X end || R <- Rs]).
busy(P, N) -> self() ! {N, lists:seq(1, 20)}, receive {_, L} -> busy(P, N + length(L)) end.
collect(P) -> receive {m, I} -> [I | collect(P)]; {'EXIT', P, after_ten} -> [] end.
