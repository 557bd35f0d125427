%% Links, exit signals, trap_exit, monitors, aliases, and the reasons that arrive.
-module(process_links).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    Reasons = [normal, shutdown, {shutdown, x}, kill, killed, boom, {a, "b", 1.5}],
    [begin P = spawn_link(fun() -> exit(R) end), t:show({link_exit, R, got(P)}) end || R <- Reasons],
    [begin P = spawn_link(fun() -> receive X -> X end end), exit(P, R), if R =:= normal -> P ! go; true -> ok end, t:show({exit2, R, got(P)}) end || R <- Reasons],
    [begin P = spawn_link(fun() -> process_flag(trap_exit, true), S ! self(), receive {'EXIT', _, X} -> exit({trapped, X}) end end),
           receive P -> ok end, exit(P, R), t:show({exit2_trapping, R, got(P)}) end || S <- [self()], R <- Reasons],
    [begin P = spawn_link(fun() -> receive go -> ok end, F() end), P ! go, t:show({crash, strip(got(P))}) end ||
        F <- [fun() -> error(e) end, fun() -> throw(t) end, fun() -> exit(x) end, fun() -> erlang:error(e, [1]) end, fun() -> 1 / id(0) end]],
    %% chains of links: an exit runs through those that do not trap
    Self = self(),
    Chain = lists:foldl(fun(_, Next) -> S = self(), P = spawn(fun() -> link(Next), S ! linked, receive after infinity -> ok end end), receive linked -> ok end, P end, spawn(fun() -> receive X -> exit(X) end end), lists:seq(1, 50)),
    link(Chain),
    First = hd([P || P <- processes(), process_info(P, links) =/= undefined, P =:= Chain]),
    t:show(First =:= Chain),
    exit(Chain, fell), t:show(got(Chain)),
    %% link to the dead, unlink, double link
    Dead = spawn(fun() -> ok end), R1 = monitor(process, Dead), receive {'DOWN', R1, _, _, _} -> ok end,
    t:show(link(Dead)), t:show(got(Dead)),
    P2 = spawn_link(fun() -> receive stop -> exit(unseen) end end), link(P2), t:show(length([x || P <- element(2, process_info(self(), links)), P =:= P2])),
    unlink(P2), M2 = monitor(process, P2), P2 ! stop, t:show(receive {'DOWN', M2, process, P2, B2} -> B2 end), t:show(receive {'EXIT', P2, _} -> linked after 0 -> unlinked end),
    process_flag(trap_exit, false),
    t:show(t:try_it(fun() -> link(Dead) end)),
    process_flag(trap_exit, true),
    %% exit(self())
    exit(self(), mine), t:show(got(self())), exit(self(), normal), t:show(got(self())),
    %% monitors
    M3 = monitor(process, Dead), t:show(receive {'DOWN', M3, process, Dead, B3} -> B3 end),
    M4 = monitor(process, nobody), t:show(receive {'DOWN', M4, process, N4, B4} -> {N4, B4} end),
    register(somebody, P5 = spawn(fun() -> receive stop -> exit(bye) end end)),
    M5 = monitor(process, somebody), M6 = monitor(process, P5, [{tag, my_tag}]), M7 = monitor(process, P5), t:show(demonitor(M7)), t:show(demonitor(M7)),
    somebody ! stop,
    t:show(receive {'DOWN', M5, process, N5, B5} -> {N5, B5} end), t:show(receive {my_tag, M6, process, P5, B6} -> B6 end), t:show(receive {'DOWN', M7, _, _, _} -> bad after 50 -> none end),
    P8 = spawn(fun() -> ok end), M8 = monitor(process, P8), timer:sleep(20), t:show(demonitor(M8, [flush])), t:show(receive {'DOWN', M8, _, _, _} -> bad after 0 -> flushed end),
    t:show([demonitor(M8, [info]), demonitor(make_ref(), [flush, info])]),
    P9 = spawn(fun() -> receive stop -> ok end end), Ms = [monitor(process, P9) || _ <- lists:seq(1, 5)],
    t:show([length(element(2, process_info(self(), monitors))), length(element(2, process_info(P9, monitored_by)))]), P9 ! stop,
    t:show([receive {'DOWN', M, process, P9, B} -> B end || M <- Ms]),
    %% aliases
    A1 = alias(), A1 ! one, t:show(receive one -> got_alias end), t:show(unalias(A1)), A1 ! two, t:show(receive two -> bad after 20 -> inactive end), t:show(unalias(A1)),
    A2 = alias([reply]), A2 ! r1, A2 ! r2, t:show([receive X1 -> X1 after 20 -> none end, receive X2 -> X2 after 20 -> none end]),
    P10 = spawn(fun() -> receive {From, X} -> From ! {reply, X}, From ! {reply2, X} end, receive stop -> ok end end),
    M10 = monitor(process, P10, [{alias, reply_demonitor}]), P10 ! {M10, q}, t:show(receive {reply, Q} -> Q end), t:show(receive {reply2, _} -> bad after 20 -> none end),
    P10 ! stop, t:show(receive {'DOWN', M10, _, _, _} -> bad after 20 -> none end),
    P11 = spawn(fun() -> receive {From, X} -> From ! {reply, X} end end), M11 = monitor(process, P11, [{alias, demonitor}]), demonitor(M11), P11 ! {M11, q}, t:show(receive {reply, _} -> bad after 20 -> none end),
    P12 = spawn(fun() -> receive {From, X} -> From ! {reply, X} end end), M12 = monitor(process, P12, [{alias, explicit_unalias}]), demonitor(M12), P12 ! {M12, q}, t:show(receive {reply, Q12} -> Q12 end),
    t:show([t:try_it(fun() -> apply(erlang, F, A) end) || {F, A} <- [{monitor, [process, a, [bad]]}, {link, [x]}, {unlink, [x]}, {demonitor, [x]}, {demonitor, [make_ref(), [bad]]}, {exit, [x, y]}, {alias, [[x]]}]]),
    t:show(got(none)), t:show(Self =:= self()).

id(X) -> X.
got(P) -> receive {'EXIT', P, R} -> R after 300 -> nothing end.
strip({R, [{M, F, A, L} | _]}) -> {R, M, F, A, lists:keydelete(error_info, 1, L)};
strip({{R, V}, [{M, F, A, _} | _]}) -> {R, V, M, F, A};
strip(R) -> R.
