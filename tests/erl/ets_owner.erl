%% ets: owners, heirs, protection, give_away, tables that die with their owner, many writers.
-module(ets_owner).
-export([main/1]).

main(_) ->
    Self = self(),
    {P, M} = spawn_monitor(fun() -> T = ets:new(t, [named_table, {heir, Self, heirdata}]), ets:insert(T, {a, 1}), Self ! {made, T}, receive stop -> ok end end),
    receive {made, T0} -> ok end, t:show([ets:info(T0, owner) =:= P, ets:info(T0, heir) =:= Self, ets:lookup(T0, a), t:try_it(fun() -> ets:insert(T0, {b, 1}) end), t:try_it(fun() -> ets:delete(T0) end)]),
    P ! stop, t:show(receive {'ETS-TRANSFER', T1, P, D} -> {T1, D} end), receive {'DOWN', M, _, _, _} -> ok end, t:show([ets:insert(T0, {b, 2}), ets:info(T0, owner) =:= Self, ets:tab2list(T0) =/= []]),
    t:show(ets:setopts(T0, {heir, none})), t:show(ets:info(T0, heir)),
    Q = spawn_link(fun() -> receive {'ETS-TRANSFER', Tab, From, Data} -> ets:insert(Tab, {given, Data}), From ! {got, ets:info(Tab, size)}, receive stop -> ok end end end),
    t:show(ets:give_away(T0, Q, gift)), t:show(receive {got, N} -> N end), t:show(ets:lookup(T0, given)), t:show(t:try_it(fun() -> ets:insert(T0, {x, y}) end)), t:show(t:try_it(fun() -> ets:give_away(T0, self(), x) end)), Mq = monitor(process, Q), Q ! stop, receive {'DOWN', Mq, _, _, _} -> ok end, t:show(ets:info(T0)),
    Private = ets:new(p, [private]), ets:insert(Private, {a, 1}), Prot = ets:new(q, [protected]), Pub = ets:new(r, [public]),
    spawn_link(fun() -> Self ! {r, [t:try_it(fun() -> ets:lookup(Private, a) end), t:try_it(fun() -> ets:lookup(Prot, a) end), t:try_it(fun() -> ets:insert(Prot, {a}) end), t:try_it(fun() -> ets:insert(Pub, {a}) end), ets:info(Private, size)]} end), t:show(receive {r, R} -> R end),
    {P2, M2} = spawn_monitor(fun() -> ets:new(gone, [named_table]), [ets:new(x, []) || _ <- lists:seq(1, 100)], exit(done) end), t:show(receive {'DOWN', M2, process, P2, W} -> W end), t:show(ets:whereis(gone)), t:show([X || X <- ets:all(), ets:info(X, owner) =:= P2]),
    W1 = ets:new(w, [public, {write_concurrency, true}]), O1 = ets:new(o, [ordered_set, public, {write_concurrency, true}]), ets:insert(W1, {count, 0}), ets:insert(O1, {count, 0}),
    Ws = [spawn_monitor(fun() -> [begin ets:insert(W1, {{I, K}, K}), ets:insert(O1, {{K, I}, K}), ets:update_counter(W1, count, 1), ets:update_counter(O1, count, 1), K rem 2 =:= 0 andalso ets:delete(W1, {I, K}), K rem 3 =:= 0 andalso ets:delete(O1, {K, I}) end || K <- lists:seq(1, 1000)] end) || I <- lists:seq(1, 8)],
    [receive {'DOWN', Mw, process, Pw, normal} -> ok end || {Pw, Mw} <- Ws], t:show([ets:info(W1, size), ets:info(O1, size), ets:lookup(W1, count), ets:lookup(O1, count)]), L = ets:tab2list(O1), t:show([L =:= lists:sort(L), lists:sum([V || {{_, _}, V} <- ets:tab2list(W1)])]),
    %% a traversal under fixation sees every element that stays
    F = ets:new(f, [public]), ets:insert(F, [{N, x} || N <- lists:seq(1, 5000)]), ets:safe_fixtable(F, true), Killer = spawn_link(fun() -> [ets:delete(F, N) || N <- lists:seq(2, 5000, 2)], [ets:insert(F, {{new, N}, y}) || N <- lists:seq(1, 5000)], Self ! killed end),
    Seen = walk(F, ets:first(F), []), receive killed -> ok end, ets:safe_fixtable(F, false), t:show([length([N || N <- Seen, is_integer(N), N rem 2 =:= 1]), length(Seen) =:= length(lists:usort(Seen)), ets:info(F, size), is_pid(Killer)]),
    t:show(ets:info(F, memory) > 5000), t:show(ets:info(ets:new(e, []), memory) > 0), t:show([ets:info(F, I) || I <- [fixed, safe_fixed, type]]), Ref = ets:new(refs, []), t:show([is_reference(Ref), ets:whereis(none)]), t:show(ets:table(Ref) =/= x).

walk(_, '$end_of_table', Acc) -> Acc;
walk(T, K, Acc) -> walk(T, ets:next(T, K), [K | Acc]).
